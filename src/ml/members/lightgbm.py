"""LightGBM: gradient boosting with leaf-wise trees (Ke et al., NeurIPS 2017)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.boosted import BoostedMember
from src.ml.base.inputs import INPUT_NAMES

# Parameters of LightGBM that its scikit-learn class takes without naming them.
NATIVE = frozenset({"path_smooth"})


class LightGBMMember(BoostedMember):
    """Kept as LightGBM's text model."""

    name = "lightgbm"
    _model: str

    def verify(self) -> None:
        from src.ml.formats.lightgbm_text import check_model_text

        super().verify()
        check_model_text(getattr(self, "_model", ""), len(INPUT_NAMES[self.inputs]))

    def _known_settings(self) -> frozenset[str]:
        from lightgbm import LGBMClassifier

        return frozenset(LGBMClassifier().get_params()) | NATIVE

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from lightgbm import LGBMClassifier

        settings = self.settings | ({"monotone_constraints": self.monotone} if self.rising else {})
        estimator = LGBMClassifier(**settings, n_jobs=1, verbosity=-1, deterministic=True, force_row_wise=True)
        self._model = estimator.fit(inputs, target, sample_weight=weights).booster_.model_to_string()

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        return self.booster.predict(inputs, num_threads=1)

    def _read(self) -> Any:
        from lightgbm import Booster

        return Booster(model_str=self._model)
