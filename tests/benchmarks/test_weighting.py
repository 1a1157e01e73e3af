"""Weights that learn from outcomes: counted by hand, and blind to a row's own future."""

import numpy as np
import pandas as pd

from benchmarks.weighting import dynamic_weights, recalibrated, stacked
from src.ml.vote import voted

PRIOR = np.array([0.5, 0.5])


def test_two_rows_by_hand() -> None:
    probabilities = np.array([[0.8, 0.4], [0.5, 0.5], [0.5, 0.5]])
    target = np.array([1, 0, 1], dtype="int8")
    weights = dynamic_weights(probabilities, target, PRIOR, rate=1.0, half_life=1.0, delay=1)
    np.testing.assert_allclose(weights[0], PRIOR)
    # .8 and .4 against their mean of .6: gradients 1/3 and −1/3.
    risen = np.exp(1 / 3) / (np.exp(1 / 3) + np.exp(-1 / 3))
    np.testing.assert_allclose(weights[1], [risen, 1 - risen])
    # The second row tells nothing; what was learned counts half.
    half = np.exp(1 / 6) / (np.exp(1 / 6) + np.exp(-1 / 6))
    np.testing.assert_allclose(weights[2], [half, 1 - half])


def test_the_weights_of_a_row_do_not_depend_on_what_is_unknown_then() -> None:
    random = np.random.default_rng(1)
    probabilities, target = random.uniform(0.1, 0.9, (50, 3)), random.integers(0, 2, 50).astype("int8")
    prior = np.array([0.4, 0.4, 0.2])
    before = dynamic_weights(probabilities, target, prior, 0.5, 10, delay=3)
    changed = target.copy()
    changed[20:] = 1 - changed[20:]
    after = dynamic_weights(probabilities, changed, prior, 0.5, 10, delay=3)
    np.testing.assert_array_equal(before[:23], after[:23])
    assert not np.allclose(before[23], after[23])
    np.testing.assert_allclose(after.sum(axis=1), 1)
    np.testing.assert_allclose(dynamic_weights(probabilities, target, prior, 0, 10, 3), np.tile(prior, (50, 1)))


def tables() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(2)
    truth = random.uniform(0.05, 0.95, 900)
    common = pd.DataFrame(
        {
            "row": np.arange(100, 1000),
            "fold": np.repeat([1, 2, 3], 300),
            "target": (random.uniform(size=900) < truth).astype("int8"),
        }
    )
    return {
        "good": common.assign(probability=truth),
        "noise": common.assign(probability=random.uniform(0.05, 0.95, 900)),
    }


def test_stacking_learns_whom_to_believe_from_the_folds_before() -> None:
    given = tables()
    fixed = voted(given, {"good": 1, "noise": 1})
    found = stacked(given, fixed, delay=2)["probability"]
    np.testing.assert_array_equal(found[:300], fixed["probability"][:300])
    assert abs(found[300:] - given["good"]["probability"][300:]).mean() < 0.05


def test_stacking_sees_neither_its_own_fold_nor_the_rows_just_before_it() -> None:
    given = tables()
    fixed = voted(given, {"good": 1, "noise": 1})
    before = stacked(given, fixed, delay=2)["probability"]
    changed = {name: table.assign(target=table["target"].where(table["row"] < 398, 0)) for name, table in given.items()}
    after = stacked(changed, fixed, delay=2)["probability"]
    np.testing.assert_array_equal(before[:600], after[:600])
    assert not np.allclose(before[600:], after[600:])


def two_headed() -> pd.DataFrame:
    """Heads that say too much: the logits of both are twice what they should be."""
    random = np.random.default_rng(3)
    move, rise = random.uniform(0.2, 0.8, 1500), random.uniform(0.3, 0.7, 1500)
    moved, rises = random.uniform(size=1500) < move, random.uniform(size=1500) < rise
    said, up = (part**2 / (part**2 + (1 - part) ** 2) for part in (move, rise))
    return pd.DataFrame(
        {
            "row": np.arange(1500),
            "fold": np.repeat([1, 2, 3], 500),
            "target": (moved & rises).astype("int8"),
            "fell": (moved & ~rises).astype("int8"),
            "probability": said * up,
            "probability_move": said,
            "truth": move * rise,
        }
    )


def test_heads_that_say_too_much_are_scaled_by_the_folds_before() -> None:
    table = two_headed()
    found = recalibrated(table, delay=1)
    first = table["fold"] == 1
    np.testing.assert_allclose(found.loc[first, "probability"], table.loc[first, "probability"])
    off = [(part.loc[~first, "probability"] - table.loc[~first, "truth"]).abs().mean() for part in (table, found)]
    assert off[1] < off[0] / 2
    # Nothing of a fold itself, nor of what is not known before it, is learned.
    changed = table.assign(
        target=table["target"].where(table["row"] < 999, 0), fell=table["fell"].where(table["row"] < 999, 0)
    )
    np.testing.assert_array_equal(recalibrated(changed, delay=1)["probability"], found["probability"])
