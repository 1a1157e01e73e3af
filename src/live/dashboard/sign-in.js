// The token, once: the service answers with a cookie that scripts cannot read.
import { h, show } from "./dom.js";
import { signIn } from "./service.js";
import { t } from "./words.js";

/** Show the form in place of the figures; `then` runs when the service has accepted the token. */
export function showSignIn(then) {
  const field = h("input", { id: "token", type: "password", required: true, autocomplete: "current-password" });
  const wrong = h("p", { role: "alert", class: "down" });
  const send = async (event) => {
    event.preventDefault();
    const refused = await signIn(field.value.trim()).catch(() => t("unreachable"));
    if (refused === null) await then();
    else wrong.textContent = t("wrong_token");
  };
  show(
    "sign-in",
    h(
      "form",
      { class: "form", onsubmit: send },
      h("h2", {}, t("sign_in")),
      h("p", {}, h("label", { for: "token" }, t("token"))),
      field,
      wrong,
      h("button", { type: "submit" }, t("sign_in")),
      h("p", { class: "note" }, t("token_note")),
    ),
  );
  document.getElementById("sign-in").hidden = false;
  document.getElementById("panels").hidden = true;
  field.focus();
}

/** Back to the figures. */
export function hideSignIn() {
  document.getElementById("sign-in").hidden = true;
  document.getElementById("panels").hidden = false;
}
