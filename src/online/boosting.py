"""The boosting members kept up to date without a full training, by what their libraries offer.

`continue`: more trees on the newest rows (LightGBM's `init_model`, XGBoost's `xgb_model`).
`refit`: the trees stay, their leaves get new values (LightGBM's `refit`, XGBoost's `process_type: update` with
`refresh`). Both know nothing of the member's monotonic constraints.
`last_trees`: the last trees are dropped and as many are boosted anew.
"""

import base64
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from src.ml.base.boosted import BoostedMember
from src.ml.base.member import recency_weights
from src.online.learner import Labels, Learner, Period, Values, has_both_classes, inputs_of, plain_member

How = Literal["continue", "refit", "last_trees"]
Inputs = NDArray[np.float32]
Weights = NDArray[np.float64] | None


class UpdatedBooster(Learner):
    """A boosting member that begins as params.yaml has it, and is then updated.

    Args:
        settings: its block of params.yaml.
        how: see the module.
        every: how often.
        trees: that an update adds or boosts anew; the first tree always stays.
        rows: newest rows that an update sees; None: all, weighed by age as in training.
        restart: how often a full training takes the place of an update.
    """

    name: ClassVar[str]
    has_text = True

    def __init__(
        self,
        settings: Mapping[str, object],
        how: How,
        every: Period = "day",
        trees: int = 0,
        rows: int | None = None,
        restart: Period = "never",
    ) -> None:
        member = plain_member(self.name, dict(settings))
        assert isinstance(member, BoostedMember)
        self.member = member
        self.how, self.every, self.trees, self.rows, self.restart = how, every, trees, rows, restart
        self.booster: Any = None

    def begin(self, features: Values, target: Labels) -> None:
        self.member.fit(features, target)
        self._keep(self.member.booster)
        del self.member.__dict__["_booster"]

    def learn(self, features: Values, target: Labels) -> None:
        newest = slice(None) if self.rows is None else slice(-self.rows, None)
        inputs, labels = inputs_of(self.member, features[newest]), target[newest]
        if not has_both_classes(labels):
            return
        weights = None if self.rows else recency_weights(len(labels), self.member.half_life)
        if self.how == "refit":
            self._keep(self._refit(inputs, labels, weights))
            return
        added = self.trees if self.how == "continue" else min(self.trees, self._count() - 1)
        base = self.booster if self.how == "continue" else self._first(self._count() - added)
        settings = self.member.settings | {"n_estimators": added}
        if self.member.rising:
            settings |= {"monotone_constraints": tuple(self.member.monotone)}
        self._keep(self._continue(base, settings, inputs, labels, weights))

    def _keep(self, booster: Any) -> None:
        """As it would be after a restart of the process: a booster in memory also knows how it was trained."""
        self.booster = self._read(self._text_of(booster))

    def load_text(self, text: str) -> None:
        """As ``Learner``; checked as the members' files are before the library reads it."""
        self._check(text)
        self.booster = self._read(text)

    def predict(self, features: Values) -> Values:
        return np.asarray(self._probability(inputs_of(self.member, features)), dtype="float64")

    def size(self) -> int:
        return len(self.text().encode())

    def text(self) -> str:
        return self._text_of(self.booster)

    @abstractmethod
    def _text_of(self, booster: Any) -> str: ...

    @abstractmethod
    def _read(self, text: str) -> Any: ...

    @abstractmethod
    def _check(self, text: str) -> None:
        """Raises ``ValueError`` where it is no model of these inputs."""

    @abstractmethod
    def _count(self) -> int:
        """Trees."""

    @abstractmethod
    def _first(self, trees: int) -> Any:
        """A booster of the first ``trees`` trees."""

    @abstractmethod
    def _continue(
        self, base: Any, settings: dict[str, Any], inputs: Inputs, labels: Labels, weights: Weights
    ) -> Any: ...

    @abstractmethod
    def _refit(self, inputs: Inputs, labels: Labels, weights: Weights) -> Any: ...

    @abstractmethod
    def _probability(self, inputs: Inputs) -> NDArray[Any]: ...


class UpdatedLightGBM(UpdatedBooster):
    """LightGBM, kept as its text model."""

    name = "lightgbm"

    def _read(self, text: str) -> Any:
        from lightgbm import Booster

        return Booster(model_str=text)

    def _check(self, text: str) -> None:
        from src.ml.formats.lightgbm_text import check_model_text

        check_model_text(text, len(self.member.input_names))

    def _text_of(self, booster: Any) -> str:
        return str(booster.model_to_string())

    def _count(self) -> int:
        return int(self.booster.num_trees())

    def _first(self, trees: int) -> Any:
        from lightgbm import Booster

        return Booster(model_str=self.booster.model_to_string(num_iteration=trees))

    def _continue(self, base: Any, settings: dict[str, Any], inputs: Inputs, labels: Labels, weights: Weights) -> Any:
        from lightgbm import LGBMClassifier

        estimator = LGBMClassifier(**settings, n_jobs=1, verbosity=-1, deterministic=True, force_row_wise=True)
        return estimator.fit(inputs, labels, sample_weight=weights, init_model=base).booster_

    def _refit(self, inputs: Inputs, labels: Labels, weights: Weights) -> Any:
        base = float(np.average(labels, weights=weights))
        start = math.log(base / (1 - base))
        # LightGBM 4.7.0 ends with a segmentation fault where it refits with path_smooth.
        self.booster.params.pop("path_smooth", None)
        # A refit starts from 0, not from the base rate as training does; left so, the trees would not reach it.
        starts = np.full(len(labels), start)
        found = self.booster.refit(inputs, labels, decay_rate=0.0, weight=weights, init_score=starts, num_threads=1)
        for leaf in range(int(found.model_to_string(num_iteration=1).split("\nnum_leaves=", 1)[1].split("\n", 1)[0])):
            found.set_leaf_output(0, leaf, found.get_leaf_output(0, leaf) + start)
        return found

    def _probability(self, inputs: Inputs) -> NDArray[Any]:
        return self.booster.predict(inputs, num_threads=1)


class UpdatedXGBoost(UpdatedBooster):
    """XGBoost, kept as its UBJSON model in base64."""

    name = "xgboost"

    def _read(self, text: str) -> Any:
        from xgboost import Booster

        booster = Booster({"nthread": 1})
        booster.load_model(bytearray(base64.b64decode(text)))
        return booster

    def _check(self, text: str) -> None:
        from src.ml.formats.xgboost_model import check_model_bytes

        check_model_bytes(base64.b64decode(text, validate=True), len(self.member.input_names))

    def _text_of(self, booster: Any) -> str:
        return base64.b64encode(booster.save_raw("ubj")).decode()

    def _count(self) -> int:
        return int(self.booster.num_boosted_rounds())

    def _first(self, trees: int) -> Any:
        return self.booster[:trees]

    def _continue(self, base: Any, settings: dict[str, Any], inputs: Inputs, labels: Labels, weights: Weights) -> Any:
        from xgboost import XGBClassifier

        estimator = XGBClassifier(**settings, n_jobs=1, verbosity=0, device="cpu")
        return estimator.fit(inputs, labels, sample_weight=weights, xgb_model=base).get_booster()

    def _refit(self, inputs: Inputs, labels: Labels, weights: Weights) -> Any:
        from xgboost import DMatrix, XGBClassifier, train

        settings = XGBClassifier(**self.member.settings, n_jobs=1, verbosity=0, device="cpu").get_xgb_params()
        updating = {"process_type": "update", "updater": "refresh", "refresh_leaf": True}
        # Not the classifier's fit: its quantile matrix cannot be refreshed on.
        rows = DMatrix(inputs, labels, weight=weights, nthread=1)
        return train(settings | updating, rows, self._count(), xgb_model=self.booster)

    def _probability(self, inputs: Inputs) -> NDArray[Any]:
        return self.booster.inplace_predict(inputs)
