"""Estimators of scikit-learn whose trees would read beyond the inputs: their code is compiled, and checks no index."""

from typing import Any


def refuse_wide_trees(value: Any, inputs: int) -> None:
    """Refuse a fitted estimator, anywhere in ``value``, whose tree asks for more inputs than it is given.

    scikit-learn compares the width of the inputs with `n_features_in_`, which a forged pickle may set to any number.

    Raises:
        ValueError: there is one.
    """
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list | tuple):
        parts = list(value)
    elif type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
        state = vars(value)
        tree = state.get("tree_")
        if hasattr(tree, "n_features") and not state.get("n_features_in_") == tree.n_features <= inputs:
            raise ValueError(f"a tree asks for {tree.n_features} inputs; there are {inputs}")
        parts = list(state.values())
    else:
        return
    for part in parts:
        refuse_wide_trees(part, inputs)
