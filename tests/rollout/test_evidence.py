"""The e-process: counted by hand, against comparecast, and how often it alarms for versions of equal loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.rollout.evidence import BETS, Evidence, evidence, log_e_values, standard_error
from tests.rollout.replays import HOUR, pairs, replays

ALPHA = 0.05
# comparecast 1.0.0 on ``pairs(400, worse)`` after so many candles, made by
#   x = (judged - outcome) ** 2 - (other - outcome) ** 2; odds = 2 * np.log(10)
#   comparecast.eprocess.eprocess_expm(x, vs=np.cumsum(x**2), c=1.0, v_opt=odds + np.log(1 + odds), alpha_opt=0.05)
# in an environment of its own, since it needs confseq, which has no wheels. That v_opt is rho = 1; below 0: of
# -x, as long as comparecast gives the value itself and not its upper bound.
AFTER = (1, 10, 50, 100, 200, 400)
COMPARECAST = {
    0.05: (0.981616969147272, 1.025942585339965, 1.350511241937076, 1.758918904209611, 3.568712749298144,
           14.15086259803871),
    -0.05: (1.0174907454359023, 0.9615862073198554, 0.6794644537670018, 0.5071548344290538),
    0.2: (0.9279951743894675, 1.102136146336111, 2.6983233913011198, 7.572825095206152, 117.30922407677505,
          23734.46849346531),
    -0.2: (1.0598089229930163, 0.7307586520486964),
}  # fmt: skip


def said(judged, other, outcome, alpha: float = ALPHA, horizon: int = 1) -> Evidence:
    opened = np.arange(len(outcome)) * HOUR
    return evidence(
        opened,
        *(np.asarray(values, dtype=float) for values in (judged, other, outcome)),
        alpha=alpha,
        timeframe=HOUR,
        horizon=horizon,
    )


def losses(worse: float) -> np.ndarray:
    judged, other, outcome = pairs(400, abs(worse))
    return math.copysign(1.0, worse) * ((judged - outcome) ** 2 - (other - outcome) ** 2)


def sub_exponential(differences: np.ndarray, bets: int = 20_000) -> np.ndarray:
    """The process of comparecast with c = 1 and rho = 1, by its definition."""
    bets = (np.arange(bets) + 0.5) / bets
    log = bets * np.cumsum(differences)[:, None]
    log += (np.log1p(-bets) + bets) * np.cumsum(differences**2)[:, None]
    density = np.exp(bets)
    return (np.exp(log) * density).sum(axis=1) / density.sum()


def test_counted_by_hand() -> None:
    """The mean of the density is 1 / (e − 1), its second moment (e − 2) / (e − 1)."""
    first, second = 1 / (math.e - 1), (math.e - 2) / (math.e - 1)
    for one, two in ((0.5, 0.25), (-1.0, 1.0), (0.0, -0.3)):
        found = np.exp(log_e_values(np.array([one, two])))
        assert found == pytest.approx([1 + one * first, 1 + (one + two) * first + one * two * second], rel=1e-12)
    found = said([1.0, 0.5], [0.0, 0.5], [0, 1])
    assert found.difference == 0.5
    assert found.e_value == pytest.approx(1 + first)
    assert (found.candles, found.alarm, found.difference_se) == (2, None, None)


@pytest.mark.parametrize("worse", COMPARECAST)
def test_never_below_comparecast_and_close_at_first(worse: float) -> None:
    differences, theirs = losses(worse), np.array(COMPARECAST[worse])
    at = np.array(AFTER)[: len(theirs)] - 1
    assert sub_exponential(differences)[at] == pytest.approx(theirs, rel=1e-5)
    ours = np.exp(log_e_values(differences))[at]
    assert (ours >= theirs).all()
    if abs(worse) == 0.05:
        assert ours[:3] == pytest.approx(theirs[:3], rel=0.05)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60))
def test_never_below_the_sub_exponential_process(differences: list[float]) -> None:
    given = np.array(differences)
    assert (np.exp(log_e_values(given)) >= sub_exponential(given, 2000) * (1 - 1e-3)).all()


def test_an_alarm_names_the_candle_and_stands() -> None:
    judged, other, outcome = pairs(400, 0.2)
    found = said(judged, other, outcome)
    assert found.alarm is not None
    until = found.alarm // HOUR + 1
    assert said(judged[:until], other[:until], outcome[:until]).e_value >= 1 / ALPHA
    assert said(judged[: until - 1], other[: until - 1], outcome[: until - 1]).alarm is None
    # Afterwards the version is the better one, for ever so long.
    after = [np.tile(values, 12) for values in (other, judged, outcome)]
    both = [np.append(first, then) for first, then in zip((judged, other, outcome), after, strict=True)]
    later = said(*both)
    assert later.alarm == found.alarm
    assert later.e_value < 1 < 1 / ALPHA <= later.highest
    assert said(other, judged, outcome).alarm is None
    assert said([], [], []) == Evidence(0, 1.0, 1.0, None, None, None)


def test_overlapping_outcomes_are_judged_by_turns() -> None:
    """Every candle three times, as when a target looks three ahead: no more evidence than one third of it."""
    judged, other, outcome = pairs(400, 0.2)
    once, thrice = said(judged, other, outcome), said(*(np.repeat(v, 3) for v in (judged, other, outcome)), horizon=3)
    assert thrice.highest == pytest.approx(once.highest / 3)
    assert said(*(np.repeat(v, 3) for v in (judged, other, outcome))).highest > once.highest


def test_standard_error_over_weeks() -> None:
    opened = np.array([0, 1, 100, 200, 400, 700]) * HOUR
    assert standard_error(opened[:4], np.ones(4)) is None
    # Weeks 0, 1, 2 and 4: sums 3, 4, 5, 0 of 3, 1, 1, 1 differences with mean 2; the rest −3, 2, 3, −2.
    rest = math.sqrt(4 / 3 * (9 + 4 + 9 + 4)) / 6
    assert standard_error(opened, np.array([1.0, 1.0, 1.0, 4.0, 5.0, 0.0])) == pytest.approx(rest)


def test_equal_versions_alarm_no_more_often_than_alpha() -> None:
    """Different versions of equal expected loss, 400 replays of 12 weeks; the evidence moves in all of them."""
    judged, other, outcome = replays(400, 2016)
    differences = (judged - outcome) ** 2 - (other - outcome) ** 2
    assert abs(differences.mean()) < 3 * differences.std() / math.sqrt(differences.size / 20)
    highest = log_e_values(differences).max(axis=1)
    assert (highest > 0).mean() > 0.8
    alarms = (highest >= -math.log(ALPHA)).mean()
    assert 0 < alarms <= ALPHA
    # The same replays with a judged version that is a little worse: not deaf.
    worse = (1.3 * judged - outcome) ** 2 - (other - outcome) ** 2
    assert (log_e_values(worse).max(axis=1) >= -math.log(ALPHA)).mean() > 0.5


def test_bets_are_legal() -> None:
    assert ((BETS > 0) & (BETS < 1)).all()
    assert np.isfinite(log_e_values(np.array([-1.0, -1.0, 1.0]))).all()
    assert said([1.0] * 3000, [0.0] * 3000, [0] * 3000).e_value < math.inf
