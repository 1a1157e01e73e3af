// What the service answers (docs/live-api.md).

/** The token is missing or the session has ended. */
export class SignedOut extends Error {}

/** GET as JSON. */
export async function get(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store" });
  if (answer.status === 401) throw new SignedOut();
  if (!answer.ok) throw new Error(await sentenceOf(answer));
  return answer.json();
}

/** Begin a session; null, or why not. */
export async function signIn(token) {
  const answer = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return answer.ok ? null : sentenceOf(answer);
}

async function sentenceOf(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return `HTTP ${answer.status}`;
  }
}
