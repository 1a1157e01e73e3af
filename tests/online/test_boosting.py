"""What an update does to a booster: more trees, other leaves, or other last trees."""

import numpy as np
import pytest

from src.core.errors import UserError
from src.ml.base.member import recency_weights
from src.online.boosting import UpdatedBooster
from src.online.incremental import Incremental
from src.online.registry import UPDATES, Update, learner_names, learner_of, updated_booster
from tests.online.learners import SMALL, market, part

OLD, NEW = market(600), market(900)
BOTH = ("lightgbm", "xgboost")


def trees(learner: UpdatedBooster) -> list[list[tuple[int, ...]]]:
    """Per tree its splits: the features, in the library's order."""
    table = learner.member.tree_table() if learner.booster is None else fitted(learner).tree_table()
    found = [[tuple(tree.feature.tolist())] for tree in table.trees]
    return found[1:] if learner.name == "xgboost" else found


def fitted(learner: UpdatedBooster):
    """A member with the learner's model."""
    import base64

    member = learner.member
    text = learner.text()
    member._model = text if learner.name == "lightgbm" else base64.b64decode(text)
    member.__dict__.pop("_booster", None)
    return member


def updated(name: str, way: str, **changed: object) -> tuple[list, np.ndarray, UpdatedBooster]:
    """The trees before an update, what it said then, and the learner after it."""
    update = Update(**{**vars(UPDATES[way]), "trees": 2 if UPDATES[way].trees else 0, **changed})
    learner = updated_booster(name, SMALL[name], update)
    learner.begin(OLD.features, OLD.target.astype("int8"))
    before, said = trees(learner), learner.predict(NEW.features)
    learner.learn(NEW.features, NEW.target.astype("int8"))
    return before, said, learner


@pytest.mark.parametrize("name", BOTH)
def test_continued_boosting_adds_trees_and_keeps_the_others(name: str) -> None:
    before, said, learner = updated(name, "continued")
    after = trees(learner)
    assert (len(before), len(after)) == (6, 8)
    assert after[:6] == before
    assert (learner.predict(NEW.features) != said).any()


@pytest.mark.parametrize("name", BOTH)
def test_a_refit_keeps_every_split_and_ends_at_the_base_rate_of_the_rows_it_saw(name: str) -> None:
    before, said, learner = updated(name, "refit")
    assert trees(learner) == before
    told = learner.predict(NEW.features)
    assert (told != said).any()
    weights = recency_weights(len(NEW), 200)
    assert np.average(told, weights=weights) == pytest.approx(np.average(NEW.target, weights=weights), abs=0.05)


@pytest.mark.parametrize("name", BOTH)
def test_a_refit_on_the_newest_rows_follows_them(name: str) -> None:
    often = part(NEW, 0)
    often.target[-100:] = 1.0
    often.target[-1] = 0.0
    update = Update("", "refit", rows=100)
    learner = updated_booster(name, SMALL[name], update)
    learner.begin(OLD.features, OLD.target.astype("int8"))
    before = learner.predict(NEW.features).mean()
    learner.learn(often.features, often.target.astype("int8"))
    assert learner.predict(NEW.features).mean() > before + 0.1


@pytest.mark.parametrize("name", BOTH)
def test_the_last_trees_are_boosted_anew(name: str) -> None:
    before, said, learner = updated(name, "last-trees")
    after = trees(learner)
    assert len(after) == 6
    assert after[:4] == before[:4]
    assert (learner.predict(NEW.features) != said).any()
    assert len(trees(updated(name, "last-trees", trees=30)[2])) == 6


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("way", list(UPDATES))
def test_rows_of_one_class_are_not_learned_and_the_text_says_the_same(name: str, way: str) -> None:
    learner = updated_booster(name, SMALL[name], UPDATES[way])
    learner.begin(OLD.features, OLD.target.astype("int8"))
    before = learner.text()
    learner.learn(NEW.features, np.zeros(len(NEW), dtype="int8"))
    assert learner.text() == before
    learner.learn(NEW.features, NEW.target.astype("int8"))
    other = updated_booster(name, SMALL[name], UPDATES[way])
    other.load_text(learner.text())
    np.testing.assert_array_equal(other.predict(NEW.features), learner.predict(NEW.features))
    assert other.size() == len(learner.text())
    with pytest.raises(ValueError, match=r"LightGBM|XGBoost"):
        other.load_text(learner.text()[: len(learner.text()) // 8 * 4])


def test_river_learns_each_row_once_and_in_order() -> None:
    learner = Incremental("logistic-regression")
    told: list[float] = []
    learner.begin(OLD.features[:2], OLD.target[:2].astype("int8"))
    learner.model.learn_one = lambda row, _: told.append(row["volume_ratio"])
    learner.learn(OLD.features[:5], OLD.target[:5].astype("int8"))
    learner.learn(OLD.features[:5], OLD.target[:5].astype("int8"))
    learner.learn(OLD.features[:6], OLD.target[:6].astype("int8"))
    np.testing.assert_allclose(told, OLD.features[2:6, 11], rtol=1e-6)


def test_an_unknown_learner_is_one_sentence() -> None:
    with pytest.raises(
        UserError, match=r"there is no learner forest; the learners are lightgbm-continued, .*hoeffding"
    ):
        learner_of("forest", SMALL)
    with pytest.raises(UserError, match="member xgboost kept up to date, which is not in params.yaml"):
        learner_of("xgboost-refit", {"lightgbm": SMALL["lightgbm"]})
    assert len(learner_names()) == 16
