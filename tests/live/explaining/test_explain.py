"""Why a version answered: exact, whatever it is made of, and of a real version."""

from collections.abc import Callable

import numpy as np
import pytest

from src.bundle.folder import open_bundle
from src.bundle.graph import Graph
from src.bundle.loaded import load
from src.core.errors import UserError
from src.core.names import FEATURE_SETS
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.graph.model import ensemble_graph
from src.live.answering.window import Window
from src.live.explaining import explain as explaining
from src.live.explaining.explain import BACKGROUND, BEFORE, explain, shapley_values
from src.live.explaining.vote import Vote
from src.ml.base.registry import make_member
from src.ml.ensemble import ProductionEnsemble
from tests.graph.conftest import METADATA, Exported
from tests.live.explaining.games import by_coalitions
from tests.live.runner_tree import ONE, Tree
from tests.live.windows import HOUR

MLP = {"hidden_layer_sizes": [4], "max_iter": 2, "batch_size": 256, "random_state": 1}


def answering(graph: Graph) -> Callable[[np.ndarray], np.ndarray]:
    return lambda rows: graph.run(features=rows)["probability"]


def test_twelve_features_are_shared_as_if_all_coalitions_were_asked(exported: Exported) -> None:
    graph = Graph(exported.graph, "graph")
    row, background = exported.features[-1], exported.features[[100, 500, 900]]
    found = shapley_values(Vote(graph), row, background)
    assert found == pytest.approx(by_coalitions(answering(graph), row, background), abs=1e-7)
    assert np.abs(found).max() > 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_ten_of_the_wide_features_are_shared_as_if_all_coalitions_were_asked(seed, exported_wide: Exported) -> None:
    graph = Graph(exported_wide.graph, "graph")
    row = exported_wide.features[-1]
    # The other 28 are the same in the background, so they have no part in the difference.
    changed = np.random.default_rng(seed).choice(len(row), 10, replace=False)
    background = np.tile(row, (3, 1))
    background[:, changed] = exported_wide.features[[100, 500, 900]][:, changed]

    def vote(rows: np.ndarray) -> np.ndarray:
        whole = np.tile(row, (len(rows), 1))
        whole[:, changed] = rows
        return answering(graph)(whole)

    found = shapley_values(Vote(graph), row, background)
    assert found[changed] == pytest.approx(by_coalitions(vote, row[changed], background[:, changed]), abs=1e-7)
    assert np.abs(np.delete(found, changed)).max() == 0
    assert np.abs(found).max() > 0.001


def test_all_wide_features_add_up_and_both_heads_have_a_part(exported_wide: Exported) -> None:
    graph = Graph(exported_wide.graph, "graph")
    row, background = exported_wide.features[-1], exported_wide.features[[100, 900]]
    found = shapley_values(Vote(graph), row, background)
    answers = answering(graph)(np.vstack([row, background]))
    assert found.sum() == pytest.approx(answers[0] - answers[1:].mean(), abs=1e-6)
    names = FEATURE_SETS["wide"]
    assert np.abs(found[:19]).max() > 1e-4 < np.abs(found[19:]).max()
    # No head sees these two.
    assert found[[names.index("volume"), names.index("bb_position")]].tolist() == [0, 0]


def test_a_member_without_trees_is_explained_too(exported: Exported) -> None:
    target = (exported.features[:, 2] > 0).astype(int)
    members = {
        "mlp": make_member("mlp", MLP).fit(exported.features, target),
        "extra_trees": make_member("extra_trees", {"n_estimators": 5, "random_state": 1}).fit(
            exported.features, target
        ),
    }
    graph = Graph(ensemble_graph(ProductionEnsemble(members, {"mlp": 3, "extra_trees": 1}), METADATA), "graph")
    row, background = exported.features[-1], exported.features[[100, 500]]
    found = shapley_values(Vote(graph), row, background)
    assert found == pytest.approx(by_coalitions(answering(graph), row, background), abs=1e-7)


def test_of_stumps_they_are_what_lightgbm_calls_pred_contrib(exported: Exported) -> None:
    """Trees of one split add up, feature by feature; then the path-dependent values of LightGBM, which weigh by the
    training rows, are ours against all training rows, on the scale of the log odds."""
    rows = exported.features[:120]
    target = (rows[:, 3] + rows[:, 11] * 5 > 55).astype(int)
    settings = {"inputs": "raw", "num_leaves": 2, "n_estimators": 30, "min_child_samples": 5, "random_state": 1}
    member = make_member("lightgbm", settings).fit(rows, target)
    vote = Vote(Graph(ensemble_graph(ProductionEnsemble({"lightgbm": member}, {"lightgbm": 1}), METADATA), "graph"))
    (model,) = vote.heads[0]
    object.__setattr__(model, "by_sigmoid", False)
    found = np.array([shapley_values(vote, row, rows) for row in rows[:3]])
    expected = member.booster.predict(rows[:3].astype("float32"), pred_contrib=True)[:, :-1]
    assert found == pytest.approx(expected, abs=1e-6)
    assert np.abs(expected).max() > 0.1


def test_two_heads_with_a_feature_in_common_are_refused(exported_wide: Exported) -> None:
    vote = Vote(Graph(exported_wide.graph, "graph"))
    vote.heads[1] = vote.heads[0]
    with pytest.raises(UserError, match="two heads see the same feature"):
        shapley_values(vote, exported_wide.features[-1], exported_wide.features[:1])


def test_too_many_features_at_once_are_refused(exported: Exported, monkeypatch) -> None:
    monkeypatch.setattr(explaining, "MOST_FEATURES", 5)
    with pytest.raises(UserError, match=r"depends on \d+ features at once; the contributions of at most 5 are"):
        shapley_values(Vote(Graph(exported.graph, "graph")), exported.features[-1], exported.features[:1])


def test_a_graph_of_another_shape_is_refused(exported: Exported) -> None:
    # Longer by nothing: only the names say what a value is.
    other = exported.graph.replace(b"weighted_mean", b"weighted_meal")
    with pytest.raises(UserError, match="of another shape than `export` writes"):
        Vote(Graph(other, "graph"))


@pytest.fixture
def loaded(bot: Tree):
    return open_bundle(bot.bundles / ONE, git=bot.settings.git.remote)


def window_of(values: np.ndarray) -> Window:
    return Window(np.arange(len(values), dtype=np.int64) * HOUR, values, len(values) * HOUR, HOUR)


def values_of(snapshot, count: int) -> np.ndarray:
    return snapshot[["open", "high", "low", "close", "volume"]].to_numpy()[:count]


def test_the_values_of_a_version_add_up_to_what_it_answers(loaded, snapshot) -> None:
    warmup = loaded.signal.facts.warmup
    values = values_of(snapshot, warmup + BEFORE)
    found = explain(loaded, window_of(values))
    answer = loaded.signal.run(candles=values[None, -warmup:])["probability"][0]
    assert found.probability == pytest.approx(answer, abs=1e-6)
    total = sum(one.probability for one in found.contributions)
    assert total == pytest.approx(found.probability - found.usual, abs=1e-6)
    assert {one.feature for one in found.contributions} == set(loaded.ensemble.facts.feature_names)
    sizes = [abs(one.probability) for one in found.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert found.background == BACKGROUND
    # The first candle of the week before is the oldest in the background; nothing older than its window counts.
    earlier = np.concatenate([values[:1] * 2, values])
    assert explain(loaded, window_of(earlier)).contributions == found.contributions


def test_a_wide_version_is_explained(exported_wide: Exported, snapshot, tmp_path) -> None:
    contents = {
        SIGNAL_GRAPH.name: exported_wide.signal,
        ENSEMBLE_GRAPH.name: exported_wide.graph,
        PRODUCTION_METADATA.name: b"{}",
    }
    wide = load(contents, "checkout", "proven", "", tmp_path, released=False)
    values = values_of(snapshot, 400 + BEFORE)
    found = explain(wide, window_of(values))
    opened = np.array([(len(values) - 1) * HOUR])
    assert found.probability == pytest.approx(
        wide.signal.run(candles=values[None, -400:], opened=opened)["probability"][0], abs=1e-6
    )
    assert len(found.contributions) == 38
    total = sum(one.probability for one in found.contributions)
    assert total == pytest.approx(found.probability - found.usual, abs=1e-6)


def test_values_that_do_not_add_up_are_not_told(loaded, snapshot, monkeypatch) -> None:
    monkeypatch.setattr(explaining, "shapley_values", lambda _vote, row, _background: np.full(len(row), 0.1))
    with pytest.raises(UserError, match=rf"the contributions to the answer of {ONE} do not add up to it"):
        explain(loaded, window_of(values_of(snapshot, 600)))


def test_too_few_candles_are_told(loaded, snapshot) -> None:
    needed = loaded.signal.facts.warmup + BEFORE
    with pytest.raises(UserError, match=rf"{needed - 2} candles are known and {needed} are needed .* wait for 2 more"):
        explain(loaded, window_of(values_of(snapshot, needed - 2)))
