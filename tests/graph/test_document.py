"""The program in docs/graph.md runs as it stands, beside a graph and a file of candles."""

import subprocess
import sys

import numpy as np

from src.core.names import FEATURE_NAMES, OHLCV
from src.graph.model import GraphMetadata
from tests.conftest import ROOT, environment
from tests.graph.parity import session

TEXT = (ROOT / "docs/graph.md").read_text(encoding="utf-8")


def test_the_ten_lines_of_python(exported, tmp_path) -> None:
    (tmp_path / "models/production").mkdir(parents=True)
    (tmp_path / "models/production/production_signal.onnx").write_bytes(exported.signal)
    rows = np.concatenate([exported.windows[0][:1], exported.windows[1]])
    np.savetxt(tmp_path / "candles.csv", rows, delimiter=",", header=",".join(OHLCV), comments="", fmt="%.17g")
    program = TEXT.split("```python\n")[1].split("```")[0]
    assert len(program.splitlines()) == 10
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=tmp_path, env=environment(), text=True, capture_output=True, check=True)
    answer, features = result.stdout.splitlines()
    (probability, _) = session(exported.signal).run(None, {"candles": exported.windows[1][None]})
    assert answer == f"{probability[0]:.4f} {probability[0] >= 0.5}"
    assert all(f"'{name}': " in features for name in FEATURE_NAMES)


def test_it_lists_all_metadata(exported) -> None:
    for key in session(exported.signal).get_modelmeta().custom_metadata_map:
        assert f"`{key}`" in TEXT
    assert set(GraphMetadata.__dataclass_fields__) < set(session(exported.graph).get_modelmeta().custom_metadata_map)
