// Loads a graph and candles beside this page, and prints the probability after each closed candle, newest first.
// Other places: index.html?graph=…&candles=…
import * as ort from "../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
import { lines, probabilities } from "../signal.mjs";

const asked = new URLSearchParams(location.search);
const state = document.querySelector("#state");

async function load(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name} is missing (HTTP ${response.status})`);
  return response;
}

try {
  const graph = await load(asked.get("graph") ?? "production_signal.onnx");
  const candles = await load(asked.get("candles") ?? "candles.json");
  const bytes = new Uint8Array(await graph.arrayBuffer());
  const answers = await probabilities(ort, bytes, await candles.json(), Date.now());
  document.querySelector("#answers").textContent = lines(answers.reverse());
  state.textContent = `${answers.length} answers`;
} catch (error) {
  // No probability is better than an old or a wrong one.
  state.textContent = `no answer: ${error.message}`;
}
