// Start: words, the first figures, then every change.
import { apply, onChoice } from "./choice.js";
import { showBanners } from "./banners.js";
import { showCalibration } from "./calibration.js";
import { showEquity } from "./equity.js";
import { showGuard } from "./guard.js";
import { showHeader, tick } from "./header.js";
import { showHealth } from "./health.js";
import { showJournal } from "./journal.js";
import { showNow } from "./now.js";
import { showPrices } from "./prices.js";
import { SignedOut } from "./service.js";
import { hideSignIn, showSignIn } from "./sign-in.js";
import { readAll, state } from "./state.js";
import { listen } from "./stream.js";
import { showVersions } from "./versions.js";
import { showWhy } from "./why.js";
import { loadWords } from "./words.js";

const AGAIN_MS = 5000;
let failure = null;
let signedOut = false;

function show() {
  showHeader();
  if (signedOut) return;
  showBanners(failure);
  if (state.status === null) return;
  for (const part of [showNow, showPrices, showGuard, showHealth, showVersions, showWhy, showEquity, showCalibration, showJournal]) part();
}

async function read() {
  try {
    await readAll();
    failure = null;
    signedOut = false;
    hideSignIn();
  } catch (error) {
    signedOut = error instanceof SignedOut;
    if (signedOut) showSignIn(start);
    else {
      failure = error.message;
      setTimeout(read, AGAIN_MS);
    }
  }
  show();
}

let listening = false;

async function start() {
  await read();
  if (listening || signedOut) return;
  listening = true;
  listen(read, show);
}

apply();
await loadWords();
onChoice(() => (signedOut ? (showHeader(), showSignIn(start)) : show()));
addEventListener("resize", () => state.status && !signedOut && showCalibration());
setInterval(tick, 1000);
await start();
