"""What is judged of a file where the checkout's ensemble has two heads."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.drift import seen as module
from src.drift.seen import seen_in_file
from tests.conftest import ROOT
from tests.graph.conftest import Exported, exported_wide  # noqa: F401, the fixture


def test_a_wide_ensemble_is_asked_with_its_own_features(
    exported_wide: Exported,  # noqa: F811
    snapshot: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("  set: twelve", "  set: wide")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    snapshot.iloc[-1500:].to_csv(tmp_path / "candles.csv", index=False)
    monkeypatch.setattr(module, "load_production", lambda _root: exported_wide.ensemble)
    found = seen_in_file(tmp_path, tmp_path / "candles.csv")
    # The table leaves out rows whose target is not known; here every row that has features is seen.
    assert found.features.shape == (1101, 38)
    np.testing.assert_array_equal(found.probability, exported_wide.ensemble.predict_proba(found.features)[:, 1])
    assert found.inputs.shape == (1101, 11)
