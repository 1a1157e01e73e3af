// Prints the probability of a rise after each closed candle: node examples/node/answer.mjs GRAPH CANDLES.json
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import { lines, probabilities } from "../signal.mjs";

const [graph, candles] = process.argv.slice(2);
if (!candles) {
  console.error("error: say which graph and which candles: node answer.mjs production_signal.onnx candles.json");
  process.exit(1);
}
const answers = await probabilities(ort, await readFile(graph), JSON.parse(await readFile(candles, "utf8")), Date.now());
if (!answers.length) {
  console.error(`error: ${candles} has too few closed candles for one window.`);
  process.exit(1);
}
console.log(lines(answers));
