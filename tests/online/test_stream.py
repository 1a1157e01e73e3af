"""The stream: counted by hand, killed and gone on, and the same as a journal played at once."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.core.errors import UserError
from src.online.incremental import Incremental
from src.online.journal import Bars
from src.online.learner import Learner
from src.online.prequential import prequential
from src.online.registry import learner_of
from src.online.rows import Rows
from src.online.standing import standing, write_standing
from src.online.state import ABOUT, read_state
from src.online.stream import Stream
from tests.online.learners import HOUR, MONDAY, SMALL, Share, market, part, rows

NAN = float("nan")
TRAINING = rows([1, 0, 1], [-3, -2, -1])


def stream(path: Path, learner: Learner | None = None, training: Rows = TRAINING, made_of: str = "a") -> Stream:
    return Stream(learner or Share(), training, 1, made_of, path / "state.json")


def played(path: Path, bars: Rows, *arguments: object, **named: object) -> list[float]:
    """What a new process says of ``bars``."""
    one = stream(path, *arguments, **named)
    one.take_up(bars)
    assert list(one.feed(bars))[-1:] in ([], [len(bars)])
    return one.probability.tolist()


def test_each_candle_is_answered_before_its_label_is_learned(tmp_path: Path) -> None:
    # Hour 2 is missing: hour 1 has no label, since its horizon spans the gap; the newest has none yet.
    bars = rows([1, NAN, 0, 1, NAN], [0, 1, 3, 4, 5])
    learner = Share()
    # Training holds 2 rises in 3 rows; the first candle does not know the last of them.
    assert played(tmp_path, bars, learner) == [2 / 4, 3 / 5, 4 / 6, 4 / 6, 4 / 7]
    assert learner.given == [("begin", 2), ("learn", 3), ("learn", 4), ("learn", 4), ("learn", 5)]
    state = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    assert state["probability"] == [2 / 4, 3 / 5, 4 / 6, 4 / 6, 4 / 7]
    assert state["about"] == ABOUT
    assert (state["model"], state["made_of"]) == (str(4 / 7), "a")


def test_a_new_process_goes_on_and_a_known_label_is_learned_once(tmp_path: Path) -> None:
    bars = rows([1, 1, 0, 1, NAN])
    first = part(bars, 0, 3)
    first.target[2] = NAN
    assert played(tmp_path, first) == [2 / 4, 3 / 5, 4 / 6]
    learner = Share()
    again = stream(tmp_path, learner)
    assert again.take_up(bars) == "goes on after 3 candles"
    assert list(again.feed(bars)) == [4, 5]
    assert learner.given == [("learn", 5), ("learn", 6)]
    assert again.probability.tolist() == played(tmp_path / "new", bars)
    assert list(again.feed(bars)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("other settings", "learner, settings or training rows are others than before"),
        ("other candles", "earlier candles of the journal are others than before"),
        ("fewer candles", "earlier candles of the journal are others than before"),
        ("no JSON", "state.json is no state"),
        ("no probability", "state.json is no state"),
        ("no model", "state.json holds no usable model (could not convert string to float: '')"),
    ],
)
def test_a_state_of_something_else_is_not_gone_on_with(tmp_path: Path, change: str, said: str) -> None:
    bars = rows([1, 1, 0, 1, 0, NAN])
    played(tmp_path, bars)
    state = tmp_path / "state.json"
    content = json.loads(state.read_text(encoding="utf-8"))
    if change == "no JSON":
        state.write_text("{", encoding="utf-8")
    elif change in ("no probability", "no model"):
        altered = {"probability": [2.0]} if change == "no probability" else {"model": ""}
        state.write_text(json.dumps(content | altered), encoding="utf-8")
    now = {"other candles": rows([1, 1, 0, 1, 0, NAN], [0, 1, 2, 3, 4, 6]), "fewer candles": part(bars, 0, 3)}
    found = now.get(change, bars)
    again = stream(tmp_path, made_of="b" if change == "other settings" else "a")
    assert again.take_up(found) == f"begins with the first candle{';' if 'json' in said else ':'} {said}".replace(
        "; state.json holds", ": state.json holds"
    )
    assert list(again.feed(found))[:1] == [1]
    assert again.probability.tolist() == played(tmp_path / "new", found)


def test_a_hole_that_is_filled_late_plays_the_past_again(tmp_path: Path) -> None:
    one = stream(tmp_path)
    holed = rows([1, NAN, 0, NAN], [0, 1, 3, 4])
    one.take_up(holed)
    list(one.feed(holed))
    whole = rows([1, 1, 1, 0, NAN])
    assert list(one.feed(whole)) == [1, 2, 3, 4, 5]
    assert one.probability.tolist() == played(tmp_path / "new", whole)


def test_a_state_that_cannot_be_written_is_one_sentence_and_the_old_one_stays(tmp_path: Path) -> None:
    bars = rows([1, 1, NAN])
    played(tmp_path, bars)
    before = (tmp_path / "state.json").read_bytes()
    one = stream(tmp_path / "state.json")
    with pytest.raises(UserError, match="cannot be written"):
        list(one.feed(bars))
    assert (tmp_path / "state.json").read_bytes() == before
    assert read_state(tmp_path) is None


LEARNERS = ["lightgbm-refit", "lightgbm-last-trees", "xgboost-continued", "xgboost-refit-newest", "hoeffding-tree"]
MARKET = market(430, hours=6)
PLAYED: dict[str, np.ndarray] = {}


@pytest.mark.parametrize("name", LEARNERS)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 29), min_size=1, max_size=4), kills=st.booleans())
def test_stream_and_batch_give_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, name: str, cuts: set[int], kills: bool
) -> None:
    training, bars = part(MARKET, 0, 400), part(MARKET, 400)
    bars.target[17] = NAN
    if name not in PLAYED:
        batch = prequential(learner_of(name, SMALL), training.followed_by(bars), 400, 430, horizon=1)
        PLAYED[name] = np.concatenate([one.probability for one in batch])
    folder = tmp_path_factory.mktemp("stream")
    one = stream(folder, learner_of(name, SMALL), training)
    for cut in [*sorted(cuts), 30]:
        seen = part(bars, 0, cut)
        # The newest label is not known yet.
        seen.target[-1] = NAN
        if kills:
            one = stream(folder, learner_of(name, SMALL), training)
            one.take_up(seen)
        list(one.feed(seen))
    np.testing.assert_array_equal(one.probability, PLAYED[name])


def test_it_stands_beside_the_version_on_the_candles_that_both_answered(tmp_path: Path) -> None:
    bars = Bars(rows([1, 0, NAN, 1, 0]), np.array([0.5, NAN, 0.5, 0.8, 0.5]), "v1.2.0")
    found = standing(bars, np.array([0.25, 0.1, 0.1, 0.5]))
    # Hours 0 and 3: the learner loses ln 4 and ln 2, the version ln 2 and ln 1.25.
    assert (found.rows, found.version) == (2, "v1.2.0")
    assert found.own == pytest.approx(np.log(8) / 2)
    assert found.other == pytest.approx(np.log(2.5) / 2)
    assert found.difference == pytest.approx(np.log(3.2) / 2)
    assert found.error is None
    assert found.sentence == (
        "log loss 1.0397 beside 0.4581 of v1.2.0 on the same 2 candles (difference +0.5816, no standard error below "
        "four weeks)"
    )
    write_standing(tmp_path / "share.json", "share", found)
    written = json.loads((tmp_path / "share.standing.json").read_text(encoding="utf-8"))
    assert (written["learner"], written["rows"], written["difference"]) == ("share", 2, 0.581575)
    assert standing(bars, np.empty(0)).sentence == "no candle with a known label that v1.2.0 answered yet"


def test_the_error_of_the_difference_is_over_weeks() -> None:
    week = [MONDAY + 7 * 24 * HOUR * place for place in range(4)]
    table = Rows(np.array(week), np.ones((4, 12)), np.array([1.0, 1.0, 1.0, 1.0]))
    found = standing(Bars(table, np.full(4, 0.5), "v1.2.0"), np.array([0.5, 0.25, 0.5, 0.25]))
    # Differences 0, ln 2, 0, ln 2: mean ½ ln 2, each week off by ½ ln 2, √(4/3 · 4 · ¼) / 4 of it.
    assert found.difference == pytest.approx(np.log(2) / 2)
    assert found.error == pytest.approx(np.log(2) * (4 / 3) ** 0.5 / 4)
    assert "(difference +0.3466 ± 0.2001)" in found.sentence


def test_a_learner_of_river_plays_the_past_again(tmp_path: Path) -> None:
    bars = part(MARKET, 400)
    once = played(tmp_path, bars, Incremental("logistic-regression"), part(MARKET, 0, 400))
    again = stream(tmp_path, Incremental("logistic-regression"), part(MARKET, 0, 400))
    assert again.take_up(bars) == "plays 30 candles again, which this learner cannot keep"
    assert list(again.feed(bars))[-1] == 30
    assert again.probability.tolist() == once
