"""XGBoost: gradient boosting with level-wise trees (Chen and Guestrin, KDD 2016)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.boosted import BoostedMember
from src.ml.base.inputs import INPUT_NAMES


class XGBoostMember(BoostedMember):
    """Kept as XGBoost's UBJSON model."""

    name = "xgboost"
    _model: bytes

    def verify(self) -> None:
        from src.ml.formats.xgboost_model import check_model_bytes

        super().verify()
        check_model_bytes(getattr(self, "_model", b""), len(INPUT_NAMES[self.inputs]))

    def _known_settings(self) -> frozenset[str]:
        from xgboost import XGBClassifier

        return frozenset(XGBClassifier().get_params())

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from xgboost import XGBClassifier

        settings = self.settings | ({"monotone_constraints": tuple(self.monotone)} if self.rising else {})
        estimator = XGBClassifier(**settings, n_jobs=1, verbosity=0, device="cpu")
        estimator.fit(inputs, target, sample_weight=weights)
        self._model = bytes(estimator.get_booster().save_raw("ubj"))

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        return self.booster.inplace_predict(inputs)

    def _read(self) -> Any:
        from xgboost import Booster

        booster = Booster({"nthread": 1})
        booster.load_model(bytearray(self._model))
        return booster
