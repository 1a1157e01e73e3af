"""XGBoost: gradient boosting with level-wise trees (Chen and Guestrin, KDD 2016)."""

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError
from src.ml.base.boosted import BoostedMember, Watcher
from src.ml.base.trees import LEAF, Tree, TreeTable


class XGBoostMember(BoostedMember):
    """Kept as XGBoost's UBJSON model."""

    name = "xgboost"
    _model: bytes

    def verify(self) -> None:
        from src.ml.formats.xgboost_model import check_model_bytes

        super().verify()
        check_model_bytes(getattr(self, "_model", b""), len(self.input_names))

    def _known_settings(self) -> frozenset[str]:
        from xgboost import XGBClassifier

        return frozenset(XGBClassifier().get_params())

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from xgboost import XGBClassifier

        settings = self.settings | ({"monotone_constraints": tuple(self.monotone)} if self.rising else {})
        watched = {"callbacks": [_telling(self.watcher)], "eval_metric": "logloss"} if self.watcher else {}
        estimator = XGBClassifier(**settings | watched, n_jobs=1, verbosity=0, device="cpu")
        sets = [(inputs, target), self._held_out(self.watcher)] if self.watcher else None
        estimator.fit(inputs, target, sample_weight=weights, eval_set=sets, verbose=False)
        self._model = bytes(estimator.get_booster().save_raw("ubj"))

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        return self.booster.inplace_predict(inputs)

    def _read(self) -> Any:
        from xgboost import Booster

        booster = Booster({"nthread": 1})
        booster.load_model(bytearray(self._model))
        return booster

    def tree_table(self) -> TreeTable:
        learner = json.loads(self.booster.save_raw("json"))["learner"]
        booster = learner["gradient_booster"]
        if booster["name"] != "gbtree" or learner["objective"]["name"] != "binary:logistic":
            raise UserError(
                f"the member {self.name} cannot be exported: booster {booster['name']} with objective "
                f"{learner['objective']['name']} is unknown; train it with booster gbtree."
            )
        base_score = json.loads(learner["learner_model_param"]["base_score"])
        probability = base_score[0] if isinstance(base_score, list) else base_score
        # XGBoost starts its sum here.
        start = Tree.constant(math.log(probability / (1 - probability)))
        return TreeTable(
            trees=(start, *(_tree(tree) for tree in booster["model"]["trees"])),
            comparison="<",
            combine="sum",
            link="sigmoid",
        )


def _telling(watcher: Watcher) -> Any:
    from xgboost.callback import TrainingCallback

    class Telling(TrainingCallback):
        def after_iteration(self, *given: Any) -> bool:
            # The model, the round, and the losses of each set.
            watcher.tell(*(losses["logloss"][-1] for losses in given[-1].values()))
            return False

    return Telling()


def _tree(tree: dict[str, Any]) -> Tree:
    left = np.asarray(tree["left_children"])
    # Shortest decimals that name a float32. A leaf's value stands where a split has its threshold.
    conditions = np.asarray(tree["split_conditions"], dtype="float32")
    return Tree.of(
        feature=np.where(left == -1, LEAF, tree["split_indices"]),
        threshold=conditions,
        left=left,
        right=tree["right_children"],
        value=conditions,
    )
