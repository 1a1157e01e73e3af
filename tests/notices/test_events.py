import pytest

from src.notices.events import EVENTS, LONGEST, duration, sentence


def test_a_sentence_has_its_facts_and_the_others_behind_it() -> None:
    facts = {"step": "stage-10", "version": "v1.2.0", "back_to": "v1.1.0", "why": "e reached 21.3"}
    assert sentence("rollback", facts) == "Rollback: stage-10 went back from v1.2.0 to v1.1.0: e reached 21.3"
    more = facts | {"e_value": 21.345678, "candles": 400}
    assert sentence("rollback", more).endswith(": e reached 21.3 (e value 21.35, candles 400)")


def test_an_unknown_event_or_a_missing_fact_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"no event 'rolback'; there are rollback, promotion"):
        sentence("rolback", {})
    with pytest.raises(ValueError, match="the event drift also needs what, why"):
        sentence("drift", {"version": "v1.0.0"})


def test_a_reason_stays_one_line_and_steers_no_terminal() -> None:
    assert sentence("note", {"why": "a\n2026-01-01 00:00 UTC — Halt\r\x1b[31mb"}) == (
        "a 2026-01-01 00:00 UTC — Halt \\x1b[31mb"
    )
    assert len(sentence("note", {"why": "x" * 5000})) == LONGEST


def test_a_brace_in_a_fact_is_a_letter() -> None:
    assert sentence("note", {"why": "{version} {0}"}) == "{version} {0}"


def test_the_issue_s_events_are_there() -> None:
    wanted = {"rollback", "promotion", "stale", "abstaining", "drift", "gate_failed", "daily"}
    assert wanted <= set(EVENTS)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (119.4, "119 s"), (120, "2 min"), (3540, "59 min"), (3600, "1 h"), (12_000, "3 h 20 min"),
     (2 * 86_400 + 5 * 3600, "2 d 5 h")],
)  # fmt: skip
def test_a_duration_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told
