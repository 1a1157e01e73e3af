"""How soon `make drift` tells a planted drift, and how often it rings without one.

Usage: python benchmarks/drift.py [FILE[:UNTIL] …]    (default: the bundled snapshot)

The files are CSV of the candle contract. The vote of params.yaml is trained on the candles before UNTIL (a date;
default: the first 60 % of them), its losses out of fold are those of the walk-forward on them, and the rest is live.
Without drift: whole weeks of training rows in random order. As it is: the real
rest, which may drift. Planted: a quarter of the way into the rest something changes for good. The inputs are looked at
once a day with the newest `drift.rows` rows.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from river.drift import ADWIN

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.candles.contract import validate_candles  # noqa: E402
from src.candles.readers.files import read_candle_file  # noqa: E402
from src.core.names import FEATURE_NAMES  # noqa: E402
from src.core.params import read_section  # noqa: E402
from src.drift.inputs import InputHistory  # noqa: E402
from src.drift.outcomes import excess_loss, judge_outcomes, weeks_drawn  # noqa: E402
from src.features.build import build_feature_table  # noqa: E402
from src.features.params import FeatureParams, TargetParams  # noqa: E402
from src.features.table import FeatureTable  # noqa: E402
from src.live.settings import read_settings  # noqa: E402
from src.ml.base.inputs import RELATIVE_NAMES, relative  # noqa: E402
from src.ml.base.registry import make_member, read_member_settings  # noqa: E402
from src.ml.params import EnsembleParams  # noqa: E402
from src.ml.vote import normalised_weights, weighted_mean  # noqa: E402
from src.validation.params import ValidationParams  # noqa: E402
from src.validation.walk_forward import walk_forward  # noqa: E402

SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
HOUR = pd.Timedelta(hours=1)
DAY = 24
SHARE = 0.6
REPLAYS = 200
SEED = 7
SETTINGS = read_settings(ROOT).drift
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """The vote, what it was trained on, and its excess losses out of fold."""

    members: dict[str, object]
    weights: dict[str, float]
    table: FeatureTable
    reference: Values

    def probability(self, features: Values) -> Values:
        """(n, 12) → (n,) of a rise."""
        return weighted_mean({n: m.predict_proba(features)[:, 1] for n, m in self.members.items()}, self.weights)


def main() -> None:
    """Every file."""
    for argument in sys.argv[1:] or [str(SNAPSHOT)]:
        name, _, until = argument.partition(":")
        report(Path(name), until)


def report(path: Path, until: str) -> None:
    """The tables of one file."""
    candles = validate_candles(read_candle_file(path), HOUR, path.name)
    moment = pd.Timestamp(until, tz="UTC") if until else candles["timestamp"].iloc[int(SHARE * len(candles))]
    trained = train(table_of(candles[candles["timestamp"] < moment].reset_index(drop=True)))
    training = inputs_of(trained.table)
    history = InputHistory(training, SETTINGS.rows, RELATIVE_NAMES)
    print(f"{path.name}: trained on {len(training):,} rows until {moment:%Y-%m-%d}, alpha {SETTINGS.alpha:g}")
    print(f"  without drift: {undrifted(history, training, trained.reference)}")
    rest = candles["timestamp"] >= moment
    place = int(len(candles) - 0.75 * rest.sum())
    print(
        "  | what changes | inputs told after days | losses told after days (Page-Hinkley) | (ADWIN) | days looked at |"
    )
    print("  |---|---:|---:|---:|---:|")
    for name, table, answers in scenarios(candles, place, trained):
        since = moment if name == "as it is" else candles["timestamp"].iloc[place]
        shown = name if name != "as it is" else f"as it is, since {moment:%Y-%m-%d}"
        print(f"  | {shown} | {' | '.join(detect(history, trained, table, answers, moment, since))} |", flush=True)


def table_of(candles: pd.DataFrame) -> FeatureTable:
    """Features and targets of ``candles``, as params.yaml says."""
    target = read_section(ROOT, "target", TargetParams)
    warmup = read_section(ROOT, "features", FeatureParams).warmup
    return build_feature_table(candles, HOUR, warmup, target.horizon, target.threshold)[0]


def inputs_of(table: FeatureTable) -> Values:
    """What the members see."""
    return relative(table.rows[list(FEATURE_NAMES)].to_numpy()).astype(np.float64)


def train(table: FeatureTable) -> Trained:
    """Every member of params.yaml, walk-forward and on all rows."""
    horizon = read_section(ROOT, "target", TargetParams).horizon
    folds = read_section(ROOT, "validation", ValidationParams).split(table.timestamp, horizon)
    given = read_section(ROOT, "ensemble", EnsembleParams).weights
    weights = normalised_weights(given, list(given))
    found = {
        name: walk_forward(lambda name=name: make_member(name, read_member_settings(ROOT, name)), table, folds)
        for name in weights
    }
    tables = {name: result.out_of_fold for name, result in found.items()}
    vote = weighted_mean({name: one["probability"].to_numpy() for name, one in tables.items()}, weights)
    outcome = next(iter(tables.values()))["target"].to_numpy().astype(np.float64)
    reference = excess_loss(vote, outcome, float(outcome.mean()))
    return Trained({name: result.model for name, result in found.items()}, weights, table, reference)


def undrifted(history: InputHistory, training: Values, reference: Values) -> str:
    """The share of alarms among ``REPLAYS`` draws of whole weeks of the past."""
    rng = np.random.default_rng(SEED)
    months = weeks_drawn(rng, len(training), SETTINGS.rows, REPLAYS)
    inputs = np.mean([history.judge(training[rows], SETTINGS.alpha).drifted for rows in months])
    years = weeks_drawn(rng, len(reference), 8760, REPLAYS)
    losses = np.mean([judge_outcomes(reference, reference[rows], SETTINGS.alpha).drifted for rows in years])
    adwin = np.mean([adwin_alarm(reference, reference[rows]) is not None for rows in years])
    return f"alarms in {inputs:.1%} of {REPLAYS} months (inputs), {losses:.1%} of years (losses), {adwin:.1%} (ADWIN)"


def scenarios(candles: pd.DataFrame, place: int, trained: Trained):
    """Name, feature table and probabilities of each change from the candle ``place`` on."""
    plain = table_of(candles)
    said = trained.probability(plain.rows[list(FEATURE_NAMES)].to_numpy())
    changed = (plain.timestamp >= candles["timestamp"].iloc[place]).to_numpy()
    yield "as it is", plain, said
    for name, altered in (
        ("hourly returns twice as large", louder(candles, place, 2.0)),
        ("hourly returns half as large", louder(candles, place, 0.5)),
        ("volume stands still", candles.assign(volume=candles["volume"].where(candles.index < place, 100.0))),
        ("prices rounded to 1 %", rounded(candles, place)),
    ):
        table = table_of(altered)
        yield name, table, trained.probability(table.rows[list(FEATURE_NAMES)].to_numpy())
    yield "1 - p", plain, np.where(changed, 1 - said, said)
    yield "always 1/2", plain, np.where(changed, 0.5, said)
    yield "the base rate", plain, np.where(changed, float(trained.table.target.mean()), said)
    yield "p + 0.1", plain, np.where(changed, np.minimum(said + 0.1, 1.0), said)
    yield "features a day old", plain, np.where(changed, np.concatenate([said[:DAY], said[:-DAY]]), said)


def louder(candles: pd.DataFrame, place: int, factor: float) -> pd.DataFrame:
    """Every move from ``place`` on times ``factor``, on a logarithmic scale."""
    prices = np.log(candles[["open", "high", "low", "close"]])
    start = prices["close"].iloc[place - 1]
    moved = np.exp(start + factor * (prices - start))
    return candles.assign(**{name: moved[name].where(candles.index >= place, candles[name]) for name in moved})


def rounded(candles: pd.DataFrame, place: int) -> pd.DataFrame:
    """Prices from ``place`` on, rounded to powers of 1.01."""
    step = np.log(1.01)
    prices = np.exp(np.round(np.log(candles[["open", "high", "low", "close"]]) / step) * step)
    return candles.assign(**{name: prices[name].where(candles.index >= place, candles[name]) for name in prices})


def detect(
    history: InputHistory, trained: Trained, table: FeatureTable, said: Values, live: pd.Timestamp, since: pd.Timestamp
) -> list[str]:
    """Days from ``since`` to the first alarm of inputs, of losses, of ADWIN; and the days there were."""
    rows, inputs = table.timestamp, inputs_of(table)
    first, start = (int(rows.searchsorted(moment)) for moment in (live, since))
    looks = range(max(start + DAY, first + SETTINGS.rows), len(rows), DAY)
    rang = next((at for at in looks if history.judge(inputs[at - SETTINGS.rows : at], SETTINGS.alpha).drifted), None)
    excess = excess_loss(said[first:], table.target[first:].astype(np.float64), float(trained.table.target.mean()))
    alarms = [judge_outcomes(trained.reference, excess, SETTINGS.alpha).alarm, adwin_alarm(trained.reference, excess)]
    told = [rang, *(None if alarm is None else first + alarm for alarm in alarms)]
    days = [None if at is None else (rows.iloc[min(at, len(rows) - 1)] - since) / pd.Timedelta(days=1) for at in told]
    shown = ["never" if day is None else f"{day:.0f}" for day in days]
    return [*shown, f"{(rows.iloc[-1] - since).days}"]


def adwin_alarm(reference: Values, new: Values) -> int | None:
    """The first new row at which ADWIN (river) sees the mean change after the reference."""
    test = ADWIN(delta=SETTINGS.alpha)
    for value in reference[-2000:]:
        test.update(value)
    for place, value in enumerate(new):
        test.update(value)
        if test.drift_detected and test.estimation > reference.mean():
            return place
    return None


if __name__ == "__main__":
    main()
