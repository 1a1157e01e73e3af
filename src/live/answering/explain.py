"""Why a version answered as it did: exact Shapley values of its probability, feature by feature.

The values say by how much each feature of the newest candle moves the vote's probability away from its mean over the
week before. They are of the vote as it answers (members, weights and all), on the scale of the probability, and add up
to the difference exactly. A feature that is left out of a coalition takes its value of an earlier candle.

Source: Shapley (1953); as explanations of single answers, Štrumbelj and Kononenko (2014), and the interventional form
of Lundberg et al. (2020). All coalitions are asked, so that nothing is estimated: 4,096 for 12 features.
"""

from collections.abc import Callable
from math import factorial

import msgspec
import numpy as np
from numpy.typing import NDArray

from src.bundle.loaded import Loaded
from src.core.errors import UserError
from src.live.answering.window import Window, iso

Values = NDArray[np.float64]
Vote = Callable[[Values], Values]

# Candles before the explained one from which the usual values are taken: a week of hours.
BEFORE = 168
# So many of them, evenly spread: each costs as many answers as there are coalitions.
BACKGROUND = 16
MOST_FEATURES = 14
# Rows that are answered at once; more need more memory and are no faster.
AT_ONCE = 8192


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature does.

    Attributes:
        feature: its name.
        value: of the explained candle.
        usual: its mean over the candles before.
        probability: by how much it moves the probability; negative values lower it.
    """

    feature: str
    value: float
    usual: float
    probability: float


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a version answered as it did.

    Attributes:
        version: as v1.2.0, or `checkout`.
        opened, closed: of the explained candle, ISO 8601 UTC.
        probability: of a rise.
        usual: its mean over ``background`` candles of the week before.
        background: how many those are.
        contributions: one for each feature, the largest first; their sum is ``probability`` − ``usual``.
    """

    version: str
    opened: str
    closed: str
    probability: float
    usual: float
    background: int
    contributions: tuple[Contribution, ...]


def explain(loaded: Loaded, window: Window) -> Explanation:
    """Why ``loaded`` answers for the newest candle of ``window`` as it does.

    Raises:
        UserError: too few candles, or more features than can be asked exactly.
    """
    names, warmup = loaded.ensemble.facts.feature_names, loaded.ensemble.facts.warmup
    if len(names) > MOST_FEATURES:
        raise UserError(
            f"{loaded.version} has {len(names)} features; the contributions of at most {MOST_FEATURES} are computed, "
            "since every coalition is asked."
        )
    needed = warmup + BEFORE
    if len(window) < needed:
        raise UserError(
            f"{len(window)} candles are known and {needed} are needed to explain an answer; wait for "
            f"{needed - len(window)} more."
        )
    features = _features(loaded, window.newest(needed), warmup)
    row, background = features[-1], features[:-1]
    values = shapley_values(lambda rows: loaded.ensemble.run(features=rows)["probability"], row, background)
    probability, usual = loaded.ensemble.run(features=row[None])["probability"][0], _mean_answer(loaded, background)
    told = zip(names, row.tolist(), background.mean(axis=0).tolist(), values.tolist(), strict=True)
    found = [Contribution(feature=n, value=v, usual=u, probability=p) for n, v, u, p in told]
    return Explanation(
        version=loaded.version,
        opened=iso(int(window.opened[-1])),
        closed=iso(int(window.opened[-1]) + window.timeframe),
        probability=float(probability),
        usual=usual,
        background=len(background),
        contributions=tuple(sorted(found, key=lambda one: -abs(one.probability))),
    )


def shapley_values(vote: Vote, row: Values, background: Values) -> Values:
    """(k,) exact Shapley values of ``vote`` at ``row`` against the (b, k) ``background``.

    Args:
        vote: (n, k) → (n,).
        row: (k,).
        background: where a feature that is left out takes its values from.
    """
    count = len(row)
    coalitions = (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1
    worth = np.zeros(2**count)
    for other in background:
        rows = np.where(coalitions, row, other)
        for start in range(0, len(rows), AT_ONCE):
            worth[start : start + AT_ONCE] += vote(rows[start : start + AT_ONCE])
    worth /= len(background)
    sizes = coalitions.sum(axis=1)
    weights = np.array([factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)])
    values = np.empty(count)
    for feature in range(count):
        without = np.flatnonzero(~coalitions[:, feature])
        gain = worth[without + 2**feature] - worth[without]
        values[feature] = (weights[sizes[without]] * gain).sum()
    return values


def _features(loaded: Loaded, window: Window, warmup: int) -> Values:
    """(BACKGROUND + 1, k) features of candles evenly spread over the window, the newest last."""
    ends = np.linspace(len(window) - BEFORE, len(window), BACKGROUND + 1).round().astype(int)
    candles = np.stack([window.values[end - warmup : end] for end in ends])
    return loaded.signal.run(candles=candles, opened=window.opened[ends - 1])["features"]


def _mean_answer(loaded: Loaded, background: Values) -> float:
    return float(loaded.ensemble.run(features=background)["probability"].mean())
