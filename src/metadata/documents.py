"""The three metadata documents: the seed's keys, and what each artifact was made from."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from src.core.names import FEATURE_NAMES
from src.core.paths import LEGACY_METADATA, PRODUCTION_METADATA, TRAINING_METADATA
from src.metadata.gates import Verdict

F1_KIND = "walk-forward weighted F1, mean over the folds; training scores stand under `train`"


@dataclass(frozen=True)
class Facts:
    """What the documents are written from.

    ``metrics`` maps each member and `ensemble` to its metrics document, ``volatility`` is that of the baseline of this
    name, ``beyond_volatility`` the paired difference of the ensemble to it, ``conditions`` says where it fails;
    ``made_from`` maps data, params, code and every member to an md5; ``graphs`` says of each graph its file, md5, size
    and format; ``created_at`` is the close of the last candle; ``verdict`` what the gates say; ``sizing`` what live
    answers size a position by, None where no forecast of volatility was judged.
    """

    created_at: str
    feature_names: tuple[str, ...]
    data: dict[str, Any]
    rows: int
    weights: dict[str, float]
    threshold: float
    metrics: dict[str, dict[str, Any]]
    volatility: dict[str, Any]
    beyond_volatility: dict[str, float]
    conditions: dict[str, Any]
    verdict: Verdict
    made_from: dict[str, Any]
    graphs: list[dict[str, Any]]
    library_versions: dict[str, str]
    sizing: dict[str, float] | None = None

    @property
    def members(self) -> list[str]:
        """The members' names in the order of the weights."""
        return list(self.weights)

    def walk_forward_f1(self, name: str) -> float:
        """Weighted F1 out of sample."""
        return self.metrics[name]["walk_forward"]["f1_weighted"]


def documents(facts: Facts) -> dict[Path, dict[str, Any]]:
    """The three documents by their paths relative to the root."""
    return {
        TRAINING_METADATA: training_metadata(facts),
        PRODUCTION_METADATA: production_metadata(facts),
        LEGACY_METADATA: legacy_metadata(facts),
    }


def training_metadata(facts: Facts) -> dict[str, Any]:
    """`models/training/training_metadata.json`."""
    return {
        "created_at": facts.created_at,
        "script": "scripts/ml/create_ml_models.py",
        "feature_optimization": _selection(facts),
        "feature_names": list(facts.feature_names),
        "data": _data(facts),
        "f1_score": F1_KIND,
        "individual_models": {
            name: {
                "f1_score": facts.walk_forward_f1(name),
                "file": f"{name}_model.pkl",
                "md5": facts.made_from["members"][name],
                "walk_forward": facts.metrics[name]["walk_forward"],
                "train": facts.metrics[name]["train"],
            }
            for name in facts.members
        },
        "ensemble_config": {
            "weights": facts.weights,
            "threshold": facts.threshold,
            "production_file": "../production/production_ensemble.pkl",
        },
        "library_versions": facts.library_versions,
    }


def production_metadata(facts: Facts) -> dict[str, Any]:
    """`models/production/production_model_metadata.json`."""
    return {
        "created_at": facts.created_at,
        "model_type": "ProductionEnsemble",
        "status": facts.verdict.status,
        "failed_gates": [*facts.verdict.leaks, *facts.verdict.failures],
        "trading": asdict(facts.verdict.trading),
        "n_features": len(facts.feature_names),
        "feature_names": list(facts.feature_names),
        "individual_models": facts.members,
        "model_weights": facts.weights,
        "threshold": facts.threshold,
        **({"sizing": facts.sizing} if facts.sizing else {}),
        "performance_metrics": {
            "kind": F1_KIND,
            **{f"{name}_f1": facts.walk_forward_f1(name) for name in facts.members},
            "ensemble_f1": facts.walk_forward_f1("ensemble"),
            "ensemble_expected_f1": facts.walk_forward_f1("ensemble"),
            "walk_forward": facts.metrics["ensemble"]["walk_forward"],
            "train": {f"{name}_f1": document["train"]["f1_weighted"] for name, document in facts.metrics.items()},
        },
        "data": _data(facts),
        "made_from": facts.made_from,
        "graphs": facts.graphs,
        "library_versions": facts.library_versions,
    }


def legacy_metadata(facts: Facts) -> dict[str, Any]:
    """`models/production/model_metadata.json`: one flat model, for readers that know no ensemble."""
    return {
        "created_at": facts.created_at,
        "model_type": "ProductionEnsemble",
        "model_file": "production_ensemble.pkl",
        "status": facts.verdict.status,
        "trading": asdict(facts.verdict.trading),
        "n_features": len(facts.feature_names),
        "feature_names": list(facts.feature_names),
        "f1_score": facts.walk_forward_f1("ensemble"),
        "train": {"f1_score": facts.metrics["ensemble"]["train"]["f1_weighted"]},
        "training_samples": facts.rows,
    }


def _selection(facts: Facts) -> str:
    added = len(facts.feature_names) - len(FEATURE_NAMES)
    more = f"; {added} more of `features.set: wide`" if added else ""
    return f"{len(FEATURE_NAMES)} features, the seed's selection out of 97{more}"


def _data(facts: Facts) -> dict[str, Any]:
    keys = ("source", "file", "first_open", "last_close", "gaps", "missing_candles")
    return {key: facts.data[key] for key in keys} | {"candles": facts.data["rows"], "rows": facts.rows}
