"""A freqtrade strategy that asks `production_signal.onnx` for the probability of a rise in the next hour.

It shows how to run the graph, not how to earn money: the orders of the shipped ensemble lose money after costs
(`trading.ready` is false in production_model_metadata.json, which says how much). Its probability tells how restless
the next hour will be more than which way it goes. Dry-run it, then put a model there that is ready.

`ensemble` in the configuration is the folder of the graph: one that `make fetch` made, or models/production of a
checkout.
"""

import hashlib
import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnxruntime
from freqtrade.exceptions import OperationalException
from freqtrade.strategy import DecimalParameter, IStrategy
from pandas import DataFrame, Series

GRAPH = "production_signal.onnx"
COLUMNS = ["open", "high", "low", "close", "volume"]
# Windows in one run of the graph: 400 candles × 5 × 8 bytes each.
BATCH = 1000


class EnsembleSignal(IStrategy):
    """Long for as long as the probability of a rise is high enough."""

    INTERFACE_VERSION = 3
    timeframe = "1h"
    can_short = False
    process_only_new_candles = True
    # The graph looks at 400 real candles; the rest is room for hours that the exchange lacks.
    startup_candle_count = 500
    minimal_roi: ClassVar[dict[str, float]] = {}  # only the signal and the stop end a trade
    stoploss = -0.05

    # Far apart, trades last longer and cost fewer fees.
    enter_from = DecimalParameter(0.30, 0.80, default=0.50, decimals=2, space="buy")
    exit_below = DecimalParameter(0.10, 0.60, default=0.30, decimals=2, space="sell")
    # None of the newest so many candles may be missing (`guard.contiguous` of deploy/live.yaml).
    contiguous = 4

    def bot_start(self, **kwargs) -> None:
        """Load the graph once; refuse one that answers another question."""
        folder = Path(self.config["ensemble"])
        content = (folder / GRAPH).read_bytes()
        if (folder / "bundle.json").is_file():
            listed = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["graphs"][GRAPH]["sha256"]
            if hashlib.sha256(content).hexdigest() != listed:
                raise OperationalException(f"{folder / GRAPH} was altered; fetch it again with `make fetch`.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # with more the trees are added in another order
        self.graph = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        about = self.graph.get_modelmeta().custom_metadata_map
        if about["timeframe"] != self.timeframe:
            raise OperationalException(f"{folder / GRAPH} is made for {about['timeframe']}, not for {self.timeframe}.")
        self.warmup = int(about["warmup"])

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Add `probability`, NaN where there is no answer, and `real`, whether the exchange had the candle."""
        # freqtrade fills a missing hour with a candle of volume 0 and the old price. The model never saw such candles;
        # with them, the probabilities of hundreds of later hours change. So they are left out, and answers are put
        # back by date. (An exchange's own hour without a trade looks the same and is left out too.)
        dataframe["real"] = dataframe["volume"] > 0
        real = dataframe[dataframe["real"]]
        answers = Series(self.probabilities(real[COLUMNS].to_numpy(dtype=np.float64)), index=real["date"])
        dataframe["probability"] = dataframe["date"].map(answers)
        return dataframe

    def probabilities(self, candles: np.ndarray) -> np.ndarray:
        """(n, 5) candles, oldest first → (n,) probabilities, NaN for those with too few candles before them."""
        answers = np.full(len(candles), np.nan)
        if len(candles) >= self.warmup:
            windows = np.lib.stride_tricks.sliding_window_view(candles, (self.warmup, len(COLUMNS)))[:, 0]
            parts = [windows[start : start + BATCH] for start in range(0, len(windows), BATCH)]
            answers[self.warmup - 1 :] = np.concatenate(
                [self.graph.run(["probability"], {"candles": np.ascontiguousarray(part)})[0] for part in parts]
            )
        return answers

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Enter on a probability of `enter_from` or more, if no candle is missing shortly before."""
        whole = dataframe["real"].rolling(self.contiguous).sum() == self.contiguous
        dataframe.loc[whole & (dataframe["probability"] >= self.enter_from.value), "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Leave on a probability below `exit_below`. No answer is no reason to trade; the stop holds meanwhile."""
        dataframe.loc[dataframe["probability"] < self.exit_below.value, "exit_long"] = 1
        return dataframe
