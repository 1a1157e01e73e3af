"""Why a version answered as it did: exact Shapley values of its probability, feature by feature.

The values say by how much each feature of the newest candle moves the vote's probability away from its mean over the
week before. They are of the vote as it answers (members, links, heads, weights), on the scale of the probability. A
feature that is left out of a coalition takes its value of an earlier candle. Every coalition counts, nothing is
estimated; the values add up to the difference but for the graph's rounding to float32, 1e-6 at most.

Source: Shapley (1953); as explanations of single answers, Štrumbelj and Kononenko (2014), and the interventional form
of Lundberg et al. (2020).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from src.bundle.loaded import Loaded
from src.core.errors import UserError
from src.live.answering.window import Window, iso
from src.live.explaining.coalitions import coalitions, worth_of_leaves
from src.live.explaining.shapley import BySize, values_of_product
from src.live.explaining.vote import Model, Vote

Values = NDArray[np.float64]

# Candles before the explained one from which the usual values are taken: a week of hours.
BEFORE = 168
# So many of them, evenly spread.
BACKGROUND = 16
# A head whose answer depends on more has more coalitions than fit into memory and a second.
MOST_FEATURES = 20
# Features that one input may be made of.
MOST_OF_INPUT = 6
# Rows that are answered at once; more need more memory and are no faster.
AT_ONCE = 8192
# Between what is read off the graph and what the graph answers.
ROUNDING = 1e-6


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
        UserError: too few candles, or a graph that cannot be explained.
    """
    facts = loaded.ensemble.facts
    needed = facts.warmup + BEFORE
    if len(window) < needed:
        raise UserError(
            f"{len(window)} candles are known and {needed} are needed to explain an answer; wait for "
            f"{needed - len(window)} more."
        )
    features = _features(loaded, window.newest(needed), facts.warmup)
    row, background = features[-1], features[:-1]
    answers = loaded.ensemble.run(features=features)["probability"]
    values = shapley_values(Vote(loaded.ensemble), row, background)
    probability, usual = float(answers[-1]), float(answers[:-1].mean())
    if abs(values.sum() - (probability - usual)) > ROUNDING:
        raise UserError(f"the contributions to the answer of {loaded.version} do not add up to it; none is told.")
    told = zip(facts.feature_names, row.tolist(), background.mean(axis=0).tolist(), values.tolist(), strict=True)
    found = [Contribution(feature=n, value=v, usual=u, probability=p) for n, v, u, p in told]
    return Explanation(
        version=loaded.version,
        opened=iso(int(window.opened[-1])),
        closed=iso(int(window.opened[-1]) + window.timeframe),
        probability=probability,
        usual=usual,
        background=len(background),
        contributions=tuple(sorted(found, key=lambda one: -abs(one.probability))),
    )


def shapley_values(vote: Vote, row: Values, background: Values) -> Values:
    """(k,) exact Shapley values of ``vote`` at ``row`` against the (b, k) ``background``.

    Args:
        vote: read off a graph.
        row: (k,) features.
        background: where a feature that is left out takes its values from; the values are the mean over its rows.

    Raises:
        UserError: more features than can be asked exactly.
    """
    values = np.zeros(len(row))
    for other in background:
        for weight, models in zip(vote.weights, zip(*vote.heads, strict=True), strict=True):
            players, worths = zip(*(_worth(vote, model, row, other) for model in models), strict=True)
            if len(set().union(*players)) < sum(map(len, players)):
                raise UserError("two heads see the same feature, so the product of their answers is not explained.")
            games = [BySize.of(model.probability(worth)) for model, worth in zip(models, worths, strict=True)]
            for who, found in zip(players, values_of_product(games), strict=True):
                values[list(who)] += weight * found
    return values / len(background)


def _worth(vote: Vote, model: Model, row: Values, other: Values) -> tuple[list[int], Values]:
    """The features that change what ``model`` answers, and (2 ** features,) its last values for each coalition."""
    if model.trees is None:
        players = [place for place in sorted(model.takes[0]) if row[place] != other[place]]
        _refuse_many(len(players))
        parts = []
        for first in range(0, 2 ** len(players), AT_ONCE):
            inside = coalitions(len(players), first, AT_ONCE)
            rows = np.tile(other, (len(inside), 1))
            rows[:, players] = np.where(inside, row[players], other[players])
            parts.append(vote.last_values(model, rows))
        return players, np.concatenate(parts)
    leaves = model.trees.leaves(*_mixed_inputs(vote, model, row, other))
    _refuse_many(int(np.bitwise_or.reduce(leaves.inside | leaves.outside)).bit_count())
    return worth_of_leaves(leaves)


def _mixed_inputs(
    vote: Vote, model: Model, row: Values, other: Values
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """``seen`` and ``bits`` of ``Trees.leaves``."""
    made_of = [sorted(takes) for takes in model.takes]
    most = max(map(len, made_of))
    if most > MOST_OF_INPUT:
        raise UserError(f"an input of the graph is made of {most} features; at most {MOST_OF_INPUT} are told apart.")
    rows = np.repeat(other[None], len(made_of) * 2**most, axis=0).reshape(len(made_of), 2**most, -1)
    bits = np.zeros((len(made_of), most), dtype="int64")
    for place, takes in enumerate(made_of):
        patterns = coalitions(most)[:, : len(takes)]
        rows[place][:, takes] = np.where(patterns, row[takes], other[takes])
        bits[place, : len(takes)] = [1 << feature for feature in takes]
    inputs = vote.inputs_of(rows.reshape(-1, len(row)))[model.inputs].reshape(len(made_of), 2**most, -1)
    return inputs[np.arange(len(made_of)), :, np.arange(len(made_of))], bits


def _refuse_many(features: int) -> None:
    if features > MOST_FEATURES:
        raise UserError(
            f"the answer depends on {features} features at once; the contributions of at most {MOST_FEATURES} are "
            "computed, since every coalition is asked."
        )


def _features(loaded: Loaded, window: Window, warmup: int) -> Values:
    """(BACKGROUND + 1, k) features of candles evenly spread over the window, the newest last."""
    ends = np.linspace(len(window) - BEFORE, len(window), BACKGROUND + 1).round().astype(int)
    candles = np.stack([window.values[end - warmup : end] for end in ends])
    return loaded.signal.run(candles=candles, opened=window.opened[ends - 1])["features"]
