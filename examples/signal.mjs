// The probabilities of production_signal.onnx for a list of candles, the same in a browser and in Node.

const HOUR = 3_600_000;
const COLUMNS = 5;
// Windows in one run of the graph: 400 candles × 5 × 8 bytes each.
const BATCH = 500;

/**
 * @param ort the module onnxruntime-web
 * @param {Uint8Array} graph the bytes of production_signal.onnx
 * @param {number[][]} candles rows of [open time in ms, open, high, low, close, volume], oldest first, as ccxt's
 *   fetchOHLCV gives them. Hours that the exchange lacks stay missing: never fill them.
 * @param {number} now ms; a candle that is still open then is left out, though exchanges list it
 * @returns {Promise<{opened: number, probability: number}[]>} one for each closed candle with enough before it; empty
 *   where there are too few
 */
export async function probabilities(ort, graph, candles, now) {
  // With more threads the trees are added in another order.
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
  const [, warmup] = session.inputMetadata[0].shape;
  const closed = candles.filter(([opened]) => opened + HOUR <= now);
  const values = Float64Array.from(closed.flatMap((candle) => candle.slice(1, 1 + COLUMNS)));
  const answers = [];
  for (let first = 0; first + warmup <= closed.length; first += BATCH) {
    const count = Math.min(BATCH, closed.length - warmup + 1 - first);
    const windows = new Float64Array(count * warmup * COLUMNS);
    for (let row = 0; row < count; row += 1) {
      const start = (first + row) * COLUMNS;
      windows.set(values.subarray(start, start + warmup * COLUMNS), row * warmup * COLUMNS);
    }
    const input = new ort.Tensor("float64", windows, [count, warmup, COLUMNS]);
    const { probability } = await session.run({ candles: input }, ["probability"]);
    probability.data.forEach((value, row) => {
      answers.push({ opened: closed[first + row + warmup - 1][0], probability: value });
    });
  }
  return answers;
}

/** One line of text for each answer: the candle's open time and the probability. */
export function lines(answers) {
  return answers.map(({ opened, probability }) => `${new Date(opened).toISOString()} ${probability}`).join("\n");
}
