// Server-sent events: the service says when there is something new.
import { setStatus, state } from "./state.js";

// Rows of one candle arrive together; they are read once.
const TOGETHER_MS = 250;

/**
 * Listen. `onNews` after a new row or outcome, `onState` after a new status or when the connection comes or goes.
 */
export function listen(onNews, onState) {
  let waiting = null;
  let lost = false;
  const source = new EventSource("/events");
  const news = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      onNews();
    }, TOGETHER_MS);
  };
  const connection = (connected) => {
    if (state.connected === connected) return;
    state.connected = connected;
    onState();
  };
  source.addEventListener("open", () => {
    connection(true);
    // What came meanwhile may be more than the service sends again.
    if (lost) news();
    lost = false;
  });
  source.addEventListener("error", () => {
    lost = true;
    connection(false);
    // A browser gives up for good when the answer is no stream: the session ended, or a proxy answered.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { listen(onNews, onState); news(); }, 5000);
  });
  source.addEventListener("prediction", news);
  source.addEventListener("outcome", news);
  source.addEventListener("status", (event) => {
    setStatus(JSON.parse(event.data));
    onState();
  });
  source.addEventListener("versions", (event) => {
    state.versions = JSON.parse(event.data).versions;
    onState();
  });
}
