from src.notices.events import EVENTS
from src.notices.rows import Notice
from src.notices.text import LONGEST, message_text


def notice(number: int, text: str, event: str = "note", made_at: float = 1_566_295_200.0) -> Notice:
    return Notice(number, made_at, event, text, "{}")


def test_notices_are_lines_in_the_order_they_were_told() -> None:
    assert message_text([notice(1, "a", "stale"), notice(2, "b", "rollback", 1_566_298_800.0)]) == (
        "2019-08-20 10:00 UTC — a [#1]\n2019-08-20 11:00 UTC — b [#2]"
    )


def test_the_same_text_is_told_once_with_how_often() -> None:
    found = message_text([notice(1, "a"), notice(2, "b"), notice(3, "a", made_at=1_566_298_800.0)])
    assert found == "2019-08-20 10:00 UTC — b [#2]\n2019-08-20 11:00 UTC — a (2 times, last at this time) [#3]"


def test_a_flood_leaves_the_heavy_ones_in_and_counts_the_rest() -> None:
    flood = [notice(number, f"{number} " + "x" * 500, "stale") for number in range(1, 50)]
    found = message_text([*flood, notice(50, "back", "rollback")])
    assert "back [#50]" in found
    told = found.count("xxx [#")
    assert told == 3
    assert found.endswith(f"and {49 - told} more ({49 - told} stale), which had no room here.")
    assert len(found) < LONGEST + 100


def test_letters_beyond_the_first_plane_count_twice() -> None:
    """As Discord's limit may count them."""
    wide = [notice(number, chr(0x1F600 + number) * 500) for number in (1, 2)]
    assert "and 1 more (1 note)" in message_text(wide)


def test_even_one_that_is_too_long_is_told() -> None:
    assert message_text([notice(1, "x" * 2500)]).endswith("x [#1]")


def test_a_notice_from_memory_says_so_and_an_unknown_kind_is_told_last() -> None:
    assert message_text([notice(-1, "a")]).endswith("[from memory: the disk takes nothing]")
    assert "of_tomorrow" not in EVENTS
    assert message_text([notice(1, "a", "of_tomorrow")]).endswith("a [#1]")
