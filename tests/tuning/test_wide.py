"""The search with two heads: the settings of both, and the inputs of each."""

from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

from src.core.errors import UserError
from src.core.names import DIRECTION_NAMES, FEATURE_SETS
from src.core.params import read_params
from src.core.paths import FEATURES
from src.features.table import FeatureTable
from src.management.tuning_report import report_lines
from src.ml.base.inputs import INPUT_NAMES
from src.ml.base.registry import make_member
from src.repository.params_file import set_values
from src.tuning.rows import TuningRows, read_rows, split_rows
from src.tuning.scoring import fold_skills
from src.tuning.search import search, start
from src.tuning.space import DIRECTION_KNOBS, KNOBS, Candidate, nearest, suggested
from src.tuning.study import TuningStudy
from src.validation.params import ValidationParams
from tests.conftest import ROOT
from tests.learnable import wide_problem

WIDE = Candidate(
    {
        "lightgbm": {"n_estimators": 10, "num_leaves": 4, "random_state": 1, "direction": {"n_estimators": 5}},
        "random_forest": {"n_estimators": 5, "max_depth": 3, "random_state": 1},
    },
    {"lightgbm": 1.0, "random_forest": 0.0},
    "wide",
)


@pytest.fixture(scope="module")
def wide_rows() -> TuningRows:
    features, moves = wide_problem()
    table = pd.DataFrame(features, columns=list(FEATURE_SETS["wide"]))
    table.insert(0, "timestamp", pd.date_range("2020-01-01", periods=len(moves), freq="h", tz="UTC", unit="us"))
    whole = FeatureTable(table.assign(target=(moves > 0).astype("int8"), fell=(moves < 0).astype("int8")))
    return TuningRows(whole, *split_rows(whole, ValidationParams(folds=3), 1), identity="wide rows")


def test_settings_of_both_heads_are_searched_where_the_direction_has_its_own() -> None:
    point = {
        **{f"lightgbm.{key}": knob.low for key, knob in KNOBS["lightgbm"].items()},
        **{f"lightgbm.direction.{key}": knob.low for key, knob in DIRECTION_KNOBS["lightgbm"].items()},
        **{f"random_forest.{key}": knob.low for key, knob in KNOBS["random_forest"].items()},
        **{"weight.lightgbm": 4, "weight.random_forest": 2},
    }
    candidate = suggested(optuna.trial.FixedTrial(point | {"lightgbm.direction.num_leaves": 6}), WIDE, [])
    assert candidate is not None
    assert candidate.feature_set == "wide"
    # All that was asked for was in the point: without a block of its own the forest's direction is asked for nothing.
    assert candidate.members["lightgbm"]["direction"]["num_leaves"] == 6
    assert candidate.members["lightgbm"]["num_leaves"] == 8
    assert "direction" not in candidate.members["random_forest"]
    assert candidate.changes(WIDE)["members.lightgbm.direction.num_leaves"] == 6
    assert WIDE.members["lightgbm"]["direction"] == {"n_estimators": 5}
    assert nearest(WIDE, [])["lightgbm.direction.n_estimators"] == 40
    # With the twelve nobody asks for the direction.
    twelve = Candidate(WIDE.members, WIDE.weights)
    assert not [name for name in nearest(twelve, []) if "direction" in name]


def test_each_head_keeps_what_tells_it_something(study: TuningStudy, wide_rows: TuningRows) -> None:
    start(study, WIDE, wide_rows)
    importances = study.optuna.user_attrs["importances"]
    assert set(importances) == {*INPUT_NAMES["move"], *INPUT_NAMES["direction"]}
    # `range_1` says whether it moves, `clv_1` which way; the rest is noise.
    assert not {"range_1", "clv_1"} & set(study.droppable)
    assert {name in DIRECTION_NAMES for name in study.droppable} == {True, False}
    search(study, wide_rows, 3, lambda: True)
    assert study.current == WIDE
    tried = [study.candidate(trial) for trial in study.finished()]
    assert {candidate.feature_set for candidate in tried if candidate} == {"wide"}
    assert any("direction" in key for key in study.finished()[2].params)
    # The table of the direction's inputs stands below that of the other head.
    told = [line.split()[0] for line in report_lines(study, None) if line.startswith("  ")]
    assert [name in DIRECTION_NAMES for name in told] == sorted(name in DIRECTION_NAMES for name in told)
    assert {told[0], told[len(INPUT_NAMES["move"])]} == {"range_1", "clv_1"}


def test_the_skill_is_that_of_the_product_of_both_heads(wide_rows: TuningRows) -> None:
    table, fold = wide_rows.table, wide_rows.seen[-1]
    member = make_member("lightgbm", WIDE.members["lightgbm"], "wide").fit(
        table.features[fold.train], table.moves[fold.train]
    )
    answers, target = member.predict_proba(table.features[fold.test])[:, 1], table.target[fold.test]
    rate = table.target[fold.train].mean()

    def loss(probability: np.ndarray) -> float:
        return -np.log(np.where(target == 1, probability, 1 - probability)).mean()

    skill = 1 - loss(answers) / loss(np.full(len(target), rate))
    assert list(fold_skills(WIDE, table, wide_rows.seen))[-1] == pytest.approx(skill)
    assert skill > 0.1


def test_a_winner_of_both_heads_is_written_where_it_belongs(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes((ROOT / "params.yaml").read_bytes())
    before = read_params(tmp_path)["members"]["lightgbm"]
    set_values(path, {"members.lightgbm.direction.num_leaves": 5, "members.lightgbm.direction.learning_rate": 0.02})
    after = read_params(tmp_path)["members"]["lightgbm"]
    assert after == before | {"direction": before["direction"] | {"num_leaves": 5, "learning_rate": 0.02}}


def test_a_table_of_another_set_than_the_settings_is_refused(tmp_path: Path, wide_rows: TuningRows) -> None:
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    (tmp_path / FEATURES).parent.mkdir(parents=True)
    wide_rows.table.write(tmp_path / FEATURES)
    with pytest.raises(UserError, match="says `features.set: twelve`, but .* is another; run `make repro`"):
        read_rows(tmp_path)
    text = (tmp_path / "params.yaml").read_text().replace("  set: twelve", "  set: wide")
    (tmp_path / "params.yaml").write_text(text)
    assert read_rows(tmp_path).table.feature_set == "wide"
