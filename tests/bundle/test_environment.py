"""The environment of a bot's machine, made from its lock in a fresh clone, runs a version from fetch to answer."""

import json
from pathlib import Path

import numpy as np
import pytest

from src.bundle.graph import Graph
from tests.conftest import copy_of_the_tree, run

ABSENT = {"catboost", "dvc", "joblib", "lightgbm", "onnx", "pandas", "pandera", "scikit-learn", "ta-lib", "xgboost"}
ABSENT |= {"xgboost-cpu", "pyarrow", "scipy"}
LIST = "import importlib.metadata, json; print(json.dumps([d.name for d in importlib.metadata.distributions()]))"
ANSWER = """
import json, re, sys, time
from pathlib import Path
import numpy as np
from src.bundle.folder import open_bundle
loaded = open_bundle(Path(sys.argv[1]), offline=True)
candles = np.load(sys.argv[2])
probability = loaded.signal.run(candles=candles[None])["probability"]
# In MB; ru_maxrss would also count the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([loaded.version, probability.tolist(), time.process_time(), peak]))
"""


@pytest.mark.drill
def test_from_setup_to_an_answer(release, exported, tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path / "bot 売買")
    made = run(tree, "make", "serve-setup")
    assert made.returncode == 0, made.stdout + made.stderr
    assert not (tree / ".venv").exists()
    python = str(tree / ".venv-serve/bin/python")
    installed = {name.lower() for name in json.loads(run(tree, python, "-c", LIST).stdout)}
    assert "onnxruntime" in installed
    assert installed & ABSENT == set()
    folder, asked = tree / ".live/bundles/v1.0.0", f"GIT={release.server}"
    fetched = run(tree, "make", "fetch", "VERSION=v1.0.0", asked, f"REMOTE={release.objects}", f"DIR={folder}")
    assert "holds v1.0.0, proven" in fetched.stdout, fetched.stderr
    assert run(tree, "make", "verify-bundle", asked, f"DIR={folder}").stdout == "v1.0.0: proven\n"
    np.save(tmp_path / "candles.npy", exported.windows[-1])
    answers = [run(tree, python, "-c", ANSWER, str(folder), str(tmp_path / "candles.npy")) for _ in range(3)]
    assert [answer.stderr for answer in answers] == [""] * 3
    version, probability, *_ = json.loads(answers[0].stdout)
    assert version == "v1.0.0"
    features = Graph(exported.signal, "signal").run(candles=exported.windows[-1:])["features"]
    assert probability == pytest.approx(exported.ensemble.predict_proba(features)[:, 1].tolist(), abs=1e-6)
    seconds, peak = (min(values) for values in zip(*(json.loads(answer.stdout)[2:] for answer in answers), strict=True))
    assert seconds < 0.5
    assert peak < 90
