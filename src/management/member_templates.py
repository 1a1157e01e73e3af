"""What `make new-member` writes: a block of params.yaml, and an adapter where src/ml/members has none of the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """An estimator of scikit-learn whose pickle holds plain arrays and trees alone, the same on every machine.

    Not here: hist_gradient_boosting keeps the machine's number of threads and objects of compiled code; linear models
    come from BLAS, whose last bits differ between processors.
    """

    title: str
    module: str
    estimator: str
    settings: str
    pickle_names: tuple[tuple[str, str], ...]
    table: str = "table_of_forest(self.estimator)"
    takes_rising: bool = False
    takes_jobs: bool = False


_RISING_INPUTS = 'rising: [atr_14/close, volume_ratio, "|returns_1|", atr_14/close*volume_ratio]'
# Members whose adapters are there and which params.yaml does not name: their settings.
OFFERED = {
    "extra_trees": f"{_RISING_INPUTS}\nhalf_life: 6000\nn_estimators: 100\nmax_depth: 16\nmin_samples_leaf: 15\n"
    "max_features: 1.0\nrandom_state: 42",
    "mlp": "half_life: 6000\nhidden_layer_sizes: [16]\nalpha: 0.01\nbatch_size: 256\nmax_iter: 20\nrandom_state: 42",
    "catboost": f"{_RISING_INPUTS}\nhalf_life: 6000\nn_estimators: 150\nmax_depth: 5\nlearning_rate: 0.05\nrsm: 0.8\n"
    "random_state: 42",
}
_TREES = (
    ("sklearn.tree._tree", "Tree"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
)
KNOWN = {
    "decision_tree": Known(
        "One decision tree of scikit-learn (Breiman et al., Classification and Regression Trees, 1984)",
        "sklearn.tree",
        "DecisionTreeClassifier",
        "max_depth: 5\nmin_samples_leaf: 100\nrandom_state: 42",
        (("sklearn.tree._classes", "DecisionTreeClassifier"), *_TREES),
        table="table_of_trees([self.estimator])",
        takes_rising=True,
    ),
    "bagging": Known(
        "Bagged decision trees of scikit-learn (Breiman, Machine Learning 24, 1996)",
        "sklearn.ensemble",
        "BaggingClassifier",
        "n_estimators: 50\nmax_samples: 0.05\nrandom_state: 42",
        (
            ("sklearn.ensemble._bagging", "BaggingClassifier"),
            ("sklearn.tree._classes", "DecisionTreeClassifier"),
            *_TREES,
        ),
        takes_jobs=True,
    ),
}

_ADAPTER = '''"""{title}."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from src.ml.base.member import Member
from src.ml.base.trees import TreeTable{helper}


class {class_name}(Member):
    """{kept}."""

    name = "{name}"
    pickle_names: ClassVar[tuple[tuple[str, str], ...]] = {pickle_names}

    def _known_settings(self) -> frozenset[str]:
{known_settings}

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
{fit}

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
{probability}

    def tree_table(self) -> TreeTable:
{table}
'''
_RISING = 'settings = self.settings | ({"monotonic_cst": self.monotone} if self.rising else {})'
_NO_RISING = """if self.rising:
    raise ValueError("rising: this estimator knows no such constraint; remove it")
settings = self.settings"""
_UNWRITTEN = 'raise ValueError("its adapter is not written yet; do so in src/ml/members/{name}.py")'


def adapter(name: str) -> str:
    """The text of a new `src/ml/members/<name>.py`: ready to train for a name in ``KNOWN``, else to be filled in."""
    class_name = f"{''.join(part.capitalize() for part in name.split('_'))}Member"
    known = KNOWN.get(name)
    if known is None:
        unwritten = _UNWRITTEN.format(name=name)
        return _ADAPTER.format(
            title="Say which model this is, and its source",
            class_name=class_name,
            kept="Say what its pickle keeps; see random_forest.py and lightgbm.py beside this file",
            name=name,
            pickle_names="()",
            known_settings=_indented(
                "# The names of the settings that the estimator takes: params.yaml may set these and no others.\n"
                f"# Import the library here, not above: a stage loads the library of its own member alone.\n{unwritten}"
            ),
            fit=_indented(
                "# Train on (n, k) inputs and (n,) targets; `weights` is None where all rows weigh the same.\n"
                "# One thread, a fixed seed: every run must give the same bytes. Keep plain data in `self`.\n"
                "# `self.monotone` holds a 1 for each input with which the probability may only rise.\n"
                f"{unwritten}"
            ),
            probability=_indented(f"# (n,) the probability of 1, computed by one thread.\n{unwritten}"),
            helper="",
            table=_indented(f"# The trees as plain arrays, for the exported graphs.\n{unwritten}"),
        )
    load = f"from {known.module} import {known.estimator}"
    jobs = ", n_jobs=1" if known.takes_jobs else ""
    names = "\n".join(f'        ("{module}", "{attribute}"),' for module, attribute in known.pickle_names)
    return _ADAPTER.format(
        title=known.title,
        class_name=class_name,
        kept="Kept as the fitted scikit-learn estimator" + (" with ``n_jobs`` 1" if jobs else ""),
        name=name,
        pickle_names=f"(\n{names}\n    )",
        known_settings=_indented(f"{load}\n\nreturn frozenset({known.estimator}().get_params())"),
        fit=_indented(
            f"{load}\n\n{_RISING if known.takes_rising else _NO_RISING}\n"
            f"self.estimator = {known.estimator}(**settings{jobs}).fit(inputs, target, sample_weight=weights)"
        ),
        probability=_indented("return self.estimator.predict_proba(inputs)[:, 1]"),
        helper=f", {known.table.partition('(')[0]}",
        table=_indented(f"return {known.table}"),
    )


def block(name: str) -> list[str]:
    """The lines of `members.<name>` in params.yaml, not indented."""
    known = KNOWN.get(name)
    settings = OFFERED.get(name) or (known.settings if known else "random_state: 42")
    return [f"{name}:", *(f"  {line}" for line in ["inputs: relative", *settings.split("\n")])]


def _indented(text: str) -> str:
    return "\n".join(f"        {line}" if line else "" for line in text.split("\n"))
