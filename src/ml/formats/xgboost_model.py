"""XGBoost's UBJSON model: refuse what its reader would follow out of its own memory.

Source: XGBoost's documentation, "Introduction to Model IO", and its JSON schema of the model. Checked: every key, the
counts, the length and type of every array of every tree, every index, and that each tree is a tree.
"""

from typing import Any

import numpy as np

from src.ml.formats.trees import require, require_tree
from src.ml.formats.ubjson import read_ubjson

# Of every node of a tree, with the kind of number: i whole, f real, b 0 or 1.
_ARRAYS = {
    "base_weights": "f",
    "default_left": "b",
    "left_children": "i",
    "loss_changes": "f",
    "parents": "i",
    "right_children": "i",
    "split_conditions": "f",
    "split_indices": "i",
    "split_type": "b",
    "sum_hessian": "f",
}
_KINDS = {"f": np.dtype(">f4"), "i": np.dtype(">i4"), "b": np.dtype("u1")}
_EMPTY = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_ROOT_PARENT = 2**31 - 1


def check_model_bytes(content: bytes, inputs: int) -> None:
    """Refuse bytes that are not those of a fitted binary classifier of ``inputs`` inputs.

    Raises:
        ValueError: they are not; the text says why.
    """
    require(type(content) is bytes, "the model of XGBoost is not made of bytes")
    try:
        document = read_ubjson(content)
    except ValueError as error:
        raise ValueError(f"the model of XGBoost is no UBJSON: {error}") from None
    try:
        _check(document, inputs)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"the model of XGBoost has another structure ({type(error).__name__} {error})") from None


def _check(document: dict[str, Any], inputs: int) -> None:
    _require_keys(document, "learner", "version")
    learner = document["learner"]
    _require_keys(
        learner,
        "attributes",
        "feature_names",
        "feature_types",
        "gradient_booster",
        "learner_model_param",
        "objective",
    )
    described = (learner["attributes"], learner["feature_names"], learner["feature_types"])
    require(described == ({}, [], []), "the model of XGBoost names attributes or inputs of its own")
    version = document["version"]
    require(len(version) == 3 and all(type(part) is int for part in version), "the model of XGBoost has no release")
    _check_parameters(learner, inputs)
    booster = learner["gradient_booster"]
    dropped = booster.get("weight_drop")
    if booster.get("name") == "dart":
        _require_keys(booster, "gbtree", "name", "weight_drop")
        booster = booster["gbtree"]
    require(booster.get("name") == "gbtree", "the model of XGBoost is not made of trees")
    _require_keys(booster, "model", "name")
    model = booster["model"]
    _require_keys(model, "cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees")
    categories = model["cats"]
    _require_keys(categories, "enc", "feature_segments", "sorted_idx")
    require(all(len(part) == 0 for part in categories.values()), "the model of XGBoost has categories")
    trees = model["trees"]
    require(type(trees) is list and trees, "the model of XGBoost has no trees")
    parallel = int(model["gbtree_model_param"]["num_parallel_tree"])
    counted = {"num_parallel_tree": str(parallel), "num_trees": str(len(trees))}
    require(
        model["gbtree_model_param"] == counted and (dropped is None or len(dropped) == len(trees)),
        "the model of XGBoost counts its trees wrongly",
    )
    in_order = parallel > 0 and list(model["iteration_indptr"]) == list(range(0, len(trees) + 1, parallel))
    require(in_order and list(model["tree_info"]) == [0] * len(trees), "the model of XGBoost orders its trees wrongly")
    for number, tree in enumerate(trees):
        _check_tree(tree, number, inputs)


def _check_parameters(learner: dict[str, Any], inputs: int) -> None:
    parameters = dict(learner["learner_model_param"])
    require(parameters.pop("boost_from_average") in ("0", "1"), "the model of XGBoost has an unknown start")
    score = float(parameters.pop("base_score").strip("[]"))
    require(0 < score < 1, "the base score of XGBoost's model is no probability")
    wanted = {"num_class": "0", "num_feature": str(inputs), "num_target": "1"}
    require(parameters == wanted, f"the model of XGBoost is not a binary classifier of {inputs} inputs")
    objective = learner["objective"]
    _require_keys(objective, "name", "reg_loss_param")
    require(objective["name"] == "binary:logistic", "the model of XGBoost has another objective")
    _require_keys(objective["reg_loss_param"], "scale_pos_weight")
    require(float(objective["reg_loss_param"]["scale_pos_weight"]) >= 0, "a weight of XGBoost's model is below 0")


def _check_tree(tree: dict[str, Any], number: int, inputs: int) -> None:
    where = f"tree {number} of XGBoost's model"
    _require_keys(tree, *_ARRAYS, *_EMPTY, "id", "tree_param")
    count = len(tree["left_children"])
    wanted = {"num_deleted": "0", "num_feature": str(inputs), "num_nodes": str(count), "size_leaf_vector": "1"}
    require(tree["id"] == number and tree["tree_param"] == wanted, f"{where} is not of {count} nodes, {inputs} inputs")
    for name, kind in _ARRAYS.items():
        values = tree[name]
        fits = isinstance(values, np.ndarray) and values.dtype == _KINDS[kind] and values.shape == (count,)
        require(fits, f"{where} has another length or type of {name}")
        require(kind != "f" or np.isfinite(values).all(), f"{where} has no finite {name}")
    require(all(len(tree[name]) == 0 for name in _EMPTY), f"{where} has categories")
    require((tree["default_left"] <= 1).all() and not tree["split_type"].any(), f"{where} has categories")
    left, right = (tree[name].astype(np.int64) for name in ("left_children", "right_children"))
    inner = np.flatnonzero(left != -1)
    require(count > 0 and (right[left == -1] == -1).all(), f"{where} has half a leaf")
    children = np.concatenate([left[inner], right[inner]])
    parents = np.tile(inner, 2)
    require_tree(children, parents, count)
    named = tree["parents"]
    require(named[0] == _ROOT_PARENT and (named[children] == parents).all(), f"{where} names other parents")
    asked = tree["split_indices"]
    require(((asked >= 0) & (asked < inputs)).all(), f"{where} asks for an input beyond its {inputs}")


def _require_keys(value: Any, *keys: str) -> None:
    require(
        type(value) is dict and set(value) == set(keys), f"the model of XGBoost has other keys than {', '.join(keys)}"
    )
