"""Pickles of allowed names alone that would end the process: each is one sentence, and so are mutations by number."""

import json
import os
import pickle
import re
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from src.artifacts.load import ArtifactError, load_model, read_model
from src.artifacts.pickles import model_bytes
from src.ml.base.member import Member
from src.ml.ensemble import ProductionEnsemble
from tests.artifacts.conftest import PATH
from tests.conftest import ROOT, run

# A tenth of what was run once; the variable asks for more.
MUTATIONS = int(os.environ.get("MUTATIONS", "1000"))


class Call:
    """Pickled as ``function`` called with ``arguments``, then given ``state``."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, state: Any = None) -> None:
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.parts


def refusal(content: bytes, expected: type = ProductionEnsemble) -> str:
    with pytest.raises(ArtifactError) as caught:
        read_model(PATH, content, expected)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def planted(members, attribute: str, value: object) -> bytes:
    """The forest's member with one attribute replaced."""
    forged = pickle.loads(model_bytes(members["random_forest"]))
    setattr(forged, attribute, value)
    return model_bytes(forged)


def frombuffer(*arguments: Any) -> Call:
    from numpy._core.numeric import _frombuffer

    return Call(_frombuffer, *arguments)


def test_a_type_that_holds_pointers_is_refused(members) -> None:
    objects = Call(np.dtype, "O8", False, True, state=(3, "|", None, None, None, -1, -1, 63))
    array = frombuffer(bytearray(struct.pack("<q", 1)), objects, (1,), "C")
    assert "holds an array of the type ('O8', False, True)" in refusal(planted(members, "forest", array), Member)


def test_a_state_that_turns_numbers_into_pointers_is_refused(members) -> None:
    forged = Call(np.dtype, "i8", False, True, state=(3, "|", None, None, None, -1, -1, 63))
    array = frombuffer(bytearray(8), forged, (1,), "C")
    assert "holds an array of the type" in refusal(planted(members, "forest", array), Member)


def test_a_structure_other_than_the_nodes_of_a_tree_is_refused(members) -> None:
    fields = {"a": (np.dtype("i8"), 2**40)}
    forged = Call(np.dtype, "V8", False, True, state=(3, "|", None, ("a",), fields, 8, 1, 16))
    assert "holds an array of the type" in refusal(
        planted(members, "forest", frombuffer(b"8" * 8, forged, (1,), "C")), Member
    )


def test_an_array_longer_than_its_bytes_is_refused(members) -> None:
    array = frombuffer(bytearray(16), np.dtype("<i8"), (2**40,), "C")
    assert "which is not that of its 16 bytes" in refusal(planted(members, "forest", array), Member)


def test_a_length_beyond_the_file_takes_no_memory() -> None:
    long = b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"."
    assert f"names {2**40} bytes where 1 are left" in refusal(long)
    # With a memo this number alone would take 64 GB.
    assert "contains the pickle opcode 'r'" in refusal(b"\x80\x05Nr" + struct.pack("<I", 2**32 - 1) + b".")


def test_deep_nests_and_cycles_are_refused() -> None:
    assert "nests more than 100 deep" in refusal(b"\x80\x05" + b"]" * 200 + b"a" * 199 + b".")
    assert "nests more than 100 deep" in refusal(b"\x80\x05" + b"(" * 200 + b".")
    assert "contains the pickle opcode 'h'" in refusal(b"\x80\x05]\x94h\x00a.")


def test_a_class_is_never_changed(members) -> None:
    name = b"\x8c\x0fsrc.ml.ensemble\x8c\x12ProductionEnsemble\x93"
    state = b"N}\x8c\x07predictK\x05s\x86"
    assert "gives a state to what takes none" in refusal(b"\x80\x05" + name + state + b"b.")
    assert callable(ProductionEnsemble.predict)
    forged = pickle.loads(model_bytes(members["lightgbm"]))
    vars(forged)["predict_proba"] = 5
    assert "a LightGBMMember whose predict_proba is replaced" in refusal(model_bytes(forged), Member)


FORGED_NODES = {
    "out of the tree": ("left_child", 0, 2**40, "lead out of it"),
    "back to the root": ("right_child", 0, 0, "lead back"),
    "half a leaf": ("left_child", 0, -1, "half a leaf"),
    "an input beyond": ("feature", 0, 11, "asks for inputs beyond its 11"),
    "an input before": ("feature", 0, -3, "asks for inputs beyond its 11"),
    "no threshold": ("threshold", 0, np.nan, "a threshold that is no number"),
}


@pytest.mark.parametrize("case", FORGED_NODES)
def test_a_forged_tree_is_refused(case: str, members) -> None:
    column, node, value, fault = FORGED_NODES[case]
    forged = pickle.loads(model_bytes(members["random_forest"]))
    tree = forged.forest.estimators_[3].tree_
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][column][node] = value
    tree.__setstate__(state)
    assert fault in refusal(model_bytes(forged), Member)


def test_a_forest_without_a_fitted_tree_is_refused(members) -> None:
    forged = pickle.loads(model_bytes(members["random_forest"]))
    forged.forest.estimators_[2] = 5
    assert "holds no trees, or one that is not fitted" in refusal(model_bytes(forged), Member)


@pytest.mark.parametrize("honest", [False, True])
def test_a_tree_for_more_inputs_is_refused_in_any_estimator(honest: bool, members) -> None:
    from sklearn.tree import DecisionTreeClassifier

    wide = DecisionTreeClassifier(random_state=1).fit(np.eye(99), np.arange(99) % 2)
    wide.n_features_in_ = 99 if honest else 11
    forged = pickle.loads(model_bytes(members["lightgbm"]))
    forged.estimator = [wide]
    assert "a tree asks for 99 inputs; there are 11" in refusal(model_bytes(forged), Member)


FORGED_TEXTS = {
    "a child outside": (r"\nleft_child=\S+", "\nleft_child=99999", "lead out of it"),
    "an input beyond": (r"\nsplit_feature=\S+", "\nsplit_feature=11", "asks for an input beyond its 11"),
    "fewer thresholds": (r"\nthreshold=\S+ ", "\nthreshold=", "values of threshold"),
    "no number": (r"\nleaf_value=\S+", "\nleaf_value=abc", "holds what is no number"),
    "a categorical split": (r"num_cat=0", "num_cat=1", "categorical or linear"),
    "another kind of split": (r"\ndecision_type=\S+", "\ndecision_type=1", "unknown kind of split"),
    "more inputs": (r"max_feature_idx=10", "max_feature_idx=99", "is not one of 11 inputs"),
}


@pytest.mark.parametrize("case", FORGED_TEXTS)
def test_a_forged_text_of_lightgbm_is_refused(case: str, members) -> None:
    pattern, replacement, fault = FORGED_TEXTS[case]
    forged = pickle.loads(model_bytes(members["lightgbm"]))
    before, first, rest = re.split(r"(?=Tree=0\n)|(?=Tree=1\n)", forged._model)
    changed = re.sub(pattern, replacement, before), re.sub(pattern, replacement, first)
    sizes = re.search(r"tree_sizes=(\d+)", before)
    assert sizes
    forged._model = changed[0].replace(sizes[0], f"tree_sizes={len(changed[1])}") + changed[1] + rest
    assert fault in refusal(model_bytes(forged), Member)


def test_tree_sizes_that_lead_out_of_the_text_are_refused(members) -> None:
    forged = pickle.loads(model_bytes(members["lightgbm"]))
    forged._model = re.sub(r"tree_sizes=\d+", "tree_sizes=99999999999", forged._model)
    assert "tree 0 of LightGBM's model is cut off" in refusal(model_bytes(forged), Member)


def field(name: str, kind: str, count: int) -> bytes:
    return b"L" + struct.pack(">q", len(name)) + name.encode() + f"[${kind}#L".encode() + struct.pack(">q", count)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("left_children", 10_000, "lead out of it"),
        ("right_children", 0, "lead out of it"),
        ("split_indices", 11, "asks for an input beyond its 11"),
        ("split_indices", -1, "asks for an input beyond its 11"),
    ],
)
def test_a_forged_model_of_xgboost_is_refused(name: str, value: int, fault: str, members) -> None:
    forged = pickle.loads(model_bytes(members["xgboost"]))
    content = bytearray(forged._model)
    count = len(
        json.loads(members["xgboost"].booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"][0][
            name
        ]
    )
    place = content.index(field(name, "l", count)) + len(field(name, "l", count))
    struct.pack_into(">i", content, place, value)
    forged._model = bytes(content)
    assert fault in refusal(model_bytes(forged), Member)


def test_a_pipe_in_place_of_a_model_is_refused(root) -> None:
    (root / PATH).unlink()
    os.mkfifo(root / PATH)
    with pytest.raises(ArtifactError, match=f"{PATH} cannot be read .not a regular file.; correct that"):
        load_model(root, PATH, ProductionEnsemble)


def test_what_is_loaded_pickles_to_the_same_bytes(root, members) -> None:
    assert model_bytes(load_model(root, PATH, ProductionEnsemble)) == (root / PATH).read_bytes()


@pytest.mark.drill
def test_mutated_pickles_neither_crash_nor_hang(root) -> None:
    command = (sys.executable, "-m", "tests.artifacts.mutations", str(root / PATH), "0", str(MUTATIONS))
    result = run(ROOT, *command)
    assert result.returncode == 0, (result.returncode, result.stderr[-500:])
    report = json.loads(result.stdout.splitlines()[-1])
    assert set(report["ends"]) == {"answered", "refused"}
    assert sum(report["ends"].values()) == MUTATIONS
    assert report["ends"]["refused"] > MUTATIONS / 2
    assert not report["forbidden"]
    assert not report["imported"]
    assert report["peak_mb"] < 1000
