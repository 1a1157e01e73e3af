// All that the page shows: read whole at the start and after each candle, so that nothing is missed or told twice.
import { get } from "./service.js";

/** `status` is null before the first answer; `clockAhead` is how far the service's clock is ahead of this one. */
export const state = { status: null, versions: [], rows: [], candles: [], scores: null, why: { explanation: null, sentence: null }, clockAhead: 0, connected: null };

const CANDLES = 500;
// Four versions for each candle.
const ROWS = 4 * CANDLES;

/** Read everything. */
export async function readAll() {
  // Alone, so that a session that has ended is told once.
  const status = await get("/status");
  const [versions, journal, candles, scores, why] = await Promise.all([
    get("/versions"),
    get(`/journal?limit=${ROWS}`),
    get(`/candles?limit=${CANDLES}`),
    get("/scores"),
    get("/explain"),
  ]);
  setStatus(status);
  Object.assign(state, { versions: versions.versions, rows: journal.rows, candles: candles.candles, scores, why });
}

/** Take over what `GET /status` says. */
export function setStatus(status) {
  state.status = status;
  state.clockAhead = status.now - Date.now() / 1000;
}

/** Seconds since 1970 by the service's clock. */
export const now = () => Date.now() / 1000 + state.clockAhead;

const ORDER = ["live", "stage-50", "stage-10", "paper", null];

/** The versions that run or ever answered, the one with the first claim on the stake first; colours go by this order. */
export function ordered() {
  const running = [...state.versions].sort((a, b) => ORDER.indexOf(a.step) - ORDER.indexOf(b.step));
  const names = running.map((one) => one.version);
  const past = new Set([...(state.scores?.versions ?? []), ...state.rows].map((one) => one.version));
  return [...names, ...[...past].filter((name) => !names.includes(name)).sort()];
}

/** The version whose decisions are drawn. */
export const main = () => ordered()[0] ?? null;

/** Its facts; null for one that no longer runs. */
export const factsOf = (version) => state.versions.find((one) => one.version === version) ?? null;

/** Its newest row, where that is of the newest candle; else null. */
export function newestRow(version) {
  const newest = state.rows.at(-1);
  return state.rows.findLast((row) => row.version === version && row.opened === newest.opened) ?? null;
}
