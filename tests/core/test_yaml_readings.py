import math
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.core.errors import UserError
from src.core.params import parse_params

# Characters and words of which both standards make numbers, truths, dates, nothing or text.
WORDS = "inf NaN nan yes No on OFF null true False 0o 0x 1: -0 12 2019- -10 T07: e- e+ E5 .5"
PIECES = st.sampled_from([*"0123456789+-_.:eExXobn~=<éNyZ", *WORDS.split(" ")])
SCALARS = st.lists(PIECES, min_size=1, max_size=7).map("".join)
# Signs that separate, quote or comment, in flow and in block.
TEXTS = st.lists(
    st.one_of(
        PIECES, st.sampled_from(["a", "b c", ": ", ":", ", ", "\n", "\n  ", "- ", "{", "}", "[", "]", "#", " #", "'"])
    ),
    max_size=14,
).map("".join)


def accepted(text: str) -> Any:
    """What is read from ``text``; None where it is refused."""
    try:
        return parse_params(text, "params.yaml")
    except UserError as error:
        assert "\n" not in str(error)
        return None


def same(ours: Any, theirs: Any) -> bool:
    """Equal to the type of every value; NaN is itself."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and list(ours) == list(theirs) and same([*ours.values()], [*theirs.values()])
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    both_nan = isinstance(ours, float) and isinstance(theirs, float) and math.isnan(ours) and math.isnan(theirs)
    return both_nan or (type(ours) is type(theirs) and ours == theirs)


def alike(text: str) -> bool:
    """Whether `text` is refused, or read as `dvc.utils.serialize` reads it; what DVC cannot read, it says itself."""
    ours = accepted(text)
    try:
        return ours is None or same(ours, YAML(typ="safe").load(text) or {})
    except YAMLError:
        return True


@settings(max_examples=400, deadline=None)
@given(SCALARS)
@example("5e-4")
@example("0b_")
@example("1_000")
def test_dvc_reads_every_accepted_scalar_alike(scalar: str) -> None:
    for text in (f"a: {scalar}\n", f"a: [{scalar}, x]\n", f"a: {{b: {scalar}}}\n", f"{scalar}: 1\n"):
        assert alike(text)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_dvc_reads_every_accepted_text_alike(text: str) -> None:
    for whole in (text, f"a:\n  {text}\n", f"a: [{text}]\n", f'a: "{text}"\n'):
        assert alike(whole)
