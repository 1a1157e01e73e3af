"""A real client of the Open Inference Protocol, Triton's own, against the real process."""

import json
from pathlib import Path

import numpy as np
import pytest

from src.bundle.folder import open_bundle
from tests.conftest import ROOT, run
from tests.examples import needed
from tests.live.runner_tree import ONE, TWO, Tree

ASK = str(ROOT / "examples/triton/ask.py")
ROWS = [[1.0] * 12, [2.0] * 12, [0.5 + number / 10 for number in range(12)]]


@pytest.mark.drill
def test_tritons_client_gets_what_the_graph_says(served, versions_tree: Tree, tmp_path: Path) -> None:
    python, (running, _) = str(needed.triton()), served
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(ROWS))
    for version, given in ((ONE, ()), (ONE, (ONE,)), (TWO, (TWO,))):
        result = run(tmp_path, python, ASK, f"127.0.0.1:{running.port}", str(file), *given)
        assert result.returncode == 0, result.stderr
        told = json.loads(result.stdout)
        graph = open_bundle(versions_tree.bundles / version, offline=True).ensemble
        expected = graph.run(features=np.array(ROWS))["probability"].tolist()
        assert told["json"] == told["binary"] == expected
        assert (told["live"], told["ready"], told["model_ready"]) == (True, True, True)
        assert (told["server"]["name"], told["server"]["extensions"]) == ("btc-ensemble", ["binary_tensor_data"])
        assert told["model"]["inputs"] == [{"name": "features", "datatype": "FP64", "shape": [-1, 12]}]
        assert (told["response"]["id"], told["response"]["model_version"]) == ("one", version)
    wrong = run(tmp_path, python, ASK, f"127.0.0.1:{running.port}", str(file), "v9.9.9")
    assert wrong.returncode != 0
    assert "no version 'v9.9.9' runs here" in wrong.stderr
