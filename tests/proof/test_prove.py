"""A proof finds what DVC cannot: outputs that their code does not give, and a dvc.lock of other code."""

import hashlib
import pickle
import re
import sys

import pytest

from src.artifacts.load import load_model
from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.paths import ENSEMBLE, METRICS
from src.ml.ensemble import ProductionEnsemble
from src.proof.environments import VARIANTS, clean_environment, this_environment
from src.proof.prove import prove
from tests.conftest import run
from tests.releases import git, replace

pytestmark = pytest.mark.slow


def proof_of(root, revision: str = "HEAD", *variants: str):
    said: list[str] = []
    proofs = prove(root, revision, list(variants) or ["plain"], reuse=True, say=said.append)
    return proofs, "\n".join(said)


def test_a_dirty_tree_and_an_unknown_revision_are_refused(repository) -> None:
    with pytest.raises(UserError, match="there is no revision 'v9'"):
        proof_of(repository, "v9")
    (repository / "params.yaml").write_text("x")
    with pytest.raises(UserError, match="a proof needs a clean tree: params.yaml is not committed"):
        proof_of(repository)


def test_another_lock_than_this_environment_s(repository) -> None:
    replace(repository / "requirements.lock", "\nnumpy==", "\nnumpy==0.")
    with pytest.raises(UserError, match=r"not that revision's: numpy .* instead of 0\..*; prove without --reuse"):
        this_environment(repository)


def test_the_user_s_dvc_settings_and_python_settings_stay_outside(tmp_path, monkeypatch) -> None:
    for name in ("DVC_CACHE_DIR", "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/elsewhere")
    environment = clean_environment(tmp_path / "bin/python", tmp_path)
    assert "/elsewhere" not in environment.values()
    assert environment["PATH"].startswith(str(tmp_path / "bin"))
    assert environment["DVC_SITE_CACHE_DIR"].startswith(str(tmp_path))


def test_avx512_is_really_switched_off() -> None:
    from pathlib import Path
    from subprocess import run

    settings = VARIANTS["no-avx512"](Path(sys.executable))
    if settings is None:
        pytest.skip("this CPU has no AVX512 that numpy uses")
    code = "from numpy._core._multiarray_umath import __cpu_features__ as f; print(f['X86_V4'])"
    for extra, expected in (({}, "True"), (settings, "False")):
        result = run([sys.executable, "-c", code], env=extra, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == expected


@pytest.mark.drill
def test_every_kind_of_lie_in_a_committed_lock_is_found(repository) -> None:
    """One repository, one proof per lie; the honest commit first, with threads, hash seed and CPU varied."""
    proofs, said = proof_of(repository, "HEAD", "no-avx512", "four-threads")
    assert all(proof.holds for proof in proofs), said
    honest = git(repository, "rev-parse", "HEAD")

    # Bytes of allowed classes that the code does not give, consistently in dvc.lock: the load takes them.
    model = load_model(repository, ENSEMBLE, ProductionEnsemble)
    model.threshold = 0.01
    old = locked_outputs(repository)[ENSEMBLE]
    content = pickle.dumps(model)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    text = (repository / "dvc.lock").read_text()
    text = text.replace(f"md5: {old.md5}\n      size: {old.size}", f"md5: {md5}\n      size: {len(content)}")
    (repository / "dvc.lock").write_text(text)
    git(repository, "commit", "-qam", "Other bytes")
    (proof,), said = proof_of(repository)
    assert not proof.holds
    verdicts = {row.path: row.verdict for row in proof.rows if row.verdict != "same"}
    assert verdicts == {ENSEMBLE: "DIFFERS"}, said

    # dvc #11058: a script edited while it ran stands in dvc.lock with its new hash beside the old output.
    git(repository, "reset", "-q", "--hard", honest)
    replace(repository / "src/evaluation/metrics.py", "DIGITS = 6", "DIGITS = 5")
    result = run(repository, sys.executable, "-m", "dvc", "commit", "--force", "evaluate", "metadata")
    assert result.returncode == 0, result.stderr
    git(repository, "commit", "-qam", "Edit during the run")
    (proof,), said = proof_of(repository)
    assert METRICS in {row.path for row in proof.rows if row.verdict == "DIFFERS"}, said

    # A lock that names other code than its commit holds.
    git(repository, "reset", "-q", "--hard", honest)
    lock = (repository / "dvc.lock").read_text()
    before = re.search(r"path: src/evaluation\n +hash: md5\n +md5: (\w+)\.dir", lock)
    assert before
    replace(repository / "dvc.lock", before[1], "0123456789abcdef" * 2)
    git(repository, "commit", "-qam", "Another dependency")
    (proof,), said = proof_of(repository)
    assert all(row.verdict == "same" for row in proof.rows)
    assert not proof.holds
    assert any("dvc.lock has src/evaluation as 0123456789abcdef" in line for line in proof.differences)
