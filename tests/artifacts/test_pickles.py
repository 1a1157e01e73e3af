import pickle
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from src.artifacts.pickles import model_bytes


@dataclass
class Pair:
    first: str
    second: str


def test_equal_strings_pickle_alike_whether_shared_or_not() -> None:
    shared = "lightgbm"
    copied = "".join(["light", "gbm"])
    assert shared is not copied
    assert pickle.dumps(Pair(shared, shared), 5) != pickle.dumps(Pair(shared, copied), 5)  # the trap
    assert model_bytes(Pair(shared, shared)) == model_bytes(Pair(shared, copied))


values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=20,
)


@given(values)
def test_a_round_trip_changes_neither_value_nor_bytes(value: object) -> None:
    content = model_bytes(value)
    assert pickle.loads(content) == value
    assert model_bytes(pickle.loads(content)) == content
