"""LightGBM's text model (`Booster.model_to_string`): refuse what its reader would follow out of its own memory.

Source: `gbdt_model_text.cpp` and `tree.cpp` of LightGBM 4, format v4. Checked: the order and number of all lines, the
length of every list, the tree sizes by which the reader jumps, every index, and that each tree is a tree. Left to
LightGBM itself: the section of parameters, which prediction does not read.
"""

import re
import warnings

import numpy as np
from numpy.typing import NDArray

from src.ml.formats.trees import require, require_tree

_REAL = re.compile(r"[0-9eE+. -]*")
_WHOLE_NUMBERS = re.compile(r"[0-9 -]*")
_HEADER = re.compile(
    r"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=(?P<last>[0-9]{1,5})\n"
    r"objective=binary sigmoid:1\n(?:average_output\n)?feature_names=(?P<names>[^\n]*)\n"
    r"(?:monotone_constraints=(?P<monotone>[^\n]*)\n)?"
    r"feature_infos=(?P<infos>[^\n]*)\ntree_sizes=(?P<sizes>[0-9 ]+)\n\n"
)
_NUMBER = r"-?[0-9.]+(?:e[+-]?[0-9]+)?"
_INFO = re.compile(rf"none|\[{_NUMBER}:{_NUMBER}\]")
_END = re.compile(
    r"end of trees\n\nfeature_importances:\n(?:[A-Za-z0-9_]+=[0-9]+\n)*\nparameters:\n(?:\[[a-z0-9_]+: [^\n\[\]]*\]\n)*"
    r"\nend of parameters\n\npandas_categorical:null\n"
)
# Numbers per tree: one per split, or one per leaf.
_OF_SPLITS = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_NODES = ("internal_value", "internal_weight", "internal_count")
_LINES = (*_OF_SPLITS, *_OF_LEAVES, *_OF_NODES)
_WHOLE = {"split_feature", "decision_type", "left_child", "right_child"}
# 1: a categorical split; 2: missing goes left; 4 and 8: what counts as missing.
_DECISIONS = {0, 2, 4, 6, 8, 10}


def check_model_text(text: str, inputs: int) -> None:
    """Refuse a text that is not that of a fitted binary classifier of ``inputs`` inputs.

    Raises:
        ValueError: it is not; the text says why.
    """
    require(type(text) is str, "the model of LightGBM is no text")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _check(text, inputs)
    except DeprecationWarning:
        raise ValueError("the model of LightGBM holds what is no number") from None


def _check(text: str, inputs: int) -> None:
    header = _HEADER.match(text)
    if header is None:
        raise ValueError("the header of LightGBM's model is not that of a binary classifier")
    require(int(header["last"]) == inputs - 1, f"LightGBM's model is not one of {inputs} inputs")
    infos = header["infos"].split(" ")
    require(len(header["names"].split(" ")) == len(infos) == inputs, "LightGBM's model describes other inputs")
    require(all(_INFO.fullmatch(info) for info in infos), "LightGBM's model describes an input with no range")
    require(
        header["monotone"] is None or len(_numbers(header["monotone"], "monotone_constraints", True)) == inputs,
        "LightGBM's model constrains other inputs",
    )
    at = header.end()
    for number, size in enumerate(header["sizes"].split(" ")):
        # An absurd size reaches beyond the text: the part is then shorter, and no tree.
        part = text[at : at + int(size)]
        require(part.isascii() and len(part) == int(size), f"tree {number} of LightGBM's model is cut off")
        _check_tree(part, number, inputs)
        at += int(size)
    require(_END.fullmatch(text, at), "LightGBM's model does not end where its trees end")


def _check_tree(part: str, number: int, inputs: int) -> None:
    lines = part.split("\n")
    where = f"tree {number} of LightGBM's model"
    require(len(lines) == len(_LINES) + 8 and lines[0] == f"Tree={number}", f"{where} has other lines")
    require(lines[2] == "num_cat=0" and lines[-5] == "is_linear=0", f"{where} is categorical or linear")
    require(lines[-3:] == ["", "", ""], f"{where} has no end")
    leaves = _numbers(lines[1].removeprefix("num_leaves="), where, True)
    require(lines[1].startswith("num_leaves=") and len(leaves) == 1 and leaves[0] >= 1, f"{where} has no leaves")
    require(lines[-4].startswith("shrinkage="), f"{where} has no shrinkage")
    require(len(_numbers(lines[-4].removeprefix("shrinkage="), where, False)) == 1, f"{where} has no shrinkage")
    count = int(leaves[0])
    values = {}
    for name, line in zip(_LINES, lines[3:-5], strict=True):
        require(line.startswith(f"{name}="), f"{where} has no {name}")
        values[name] = _numbers(line[len(name) + 1 :], where, name in _WHOLE)
        wanted = count if name in _OF_LEAVES else count - 1
        # A tree of one leaf has no weight.
        wanted = 0 if name == "leaf_weight" and count == 1 and not len(values[name]) else wanted
        require(len(values[name]) == wanted, f"{where} has {len(values[name])} of {wanted} values of {name}")
    feature = values["split_feature"]
    require(((feature >= 0) & (feature < inputs)).all(), f"{where} asks for an input beyond its {inputs}")
    require(_DECISIONS.issuperset(values["decision_type"].tolist()), f"{where} has an unknown kind of split")
    # Leaf i is written as −1 − i: it follows the splits here.
    children = np.concatenate([values["left_child"], values["right_child"]]).astype(np.int64)
    children = np.where(children < 0, count - 2 - children, children)
    require_tree(children, np.tile(np.arange(count - 1), 2), 2 * count - 1)


def _numbers(text: str, where: str, whole: bool) -> NDArray[np.float64]:
    require((_WHOLE_NUMBERS if whole else _REAL).fullmatch(text), f"{where} holds what is no number")
    if not text:
        return np.empty(0)
    # It warns where it stops before the end; it is then an error, see `check_model_text`.
    values = np.fromstring(text, sep=" ")
    require(len(values) == text.count(" ") + 1, f"{where} holds what is no number")
    largest = np.abs(values).max()
    require(largest < (2**31 if whole else np.inf), f"{where} holds too large a number")
    return values
