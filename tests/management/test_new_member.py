"""`make new-member` and `make remove-member`: three edits, and back."""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from pickletools import genops

import numpy as np
import pytest

from src.artifacts.pickles import model_bytes
from src.core.errors import UserError
from src.core.yaml_files import read_yaml
from src.management import new_member as module
from src.management.member_templates import KNOWN, OFFERED, adapter, block
from src.management.new_member import new_member, remove_member
from src.ml.base.member import Member
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import read_ensemble
from tests.conftest import ROOT, run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository with params.yaml and the adapters, committed."""
    shutil.copytree(ROOT / "src/ml/members", tmp_path / "src/ml/members", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("params.yaml", "dvc.lock"):
        shutil.copy(ROOT / name, tmp_path)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Start")):
        assert run(tmp_path, "git", *command).returncode == 0
    return tmp_path


def status(root: Path) -> str:
    return run(root, "git", "status", "--porcelain").stdout


def test_three_edits_and_every_comment_survives(root: Path) -> None:
    files = [path.as_posix() for path in new_member(root, "bagging", 0.1)]
    assert files == ["src/ml/members/bagging.py", "params.yaml"]
    diff = run(root, "git", "diff", "-U0", "params.yaml").stdout.splitlines()
    changed = [line for line in diff if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    assert changed == [*(f"+  {line}" for line in block("bagging")), "+    bagging: 0.1"]
    after = (root / "params.yaml").read_text(encoding="utf-8").splitlines()
    # Behind the last block, before the empty line and the next section.
    assert after[after.index("ensemble:") - 2 :][:2] == ["    random_state: 42", ""]
    assert read_ensemble(root).weights["bagging"] == 0.1


def test_removing_it_gives_every_byte_back(root: Path) -> None:
    new_member(root, "bagging")
    with (root / "dvc.lock").open("a") as lock:
        lock.write("  train_each@bagging:\n    cmd: python\n    outs:\n    - path: a\n      md5: b\n")
    (root / "data/members").mkdir(parents=True)
    (root / "data/members/bagging.json").write_text("{}")
    remove_member(root, "bagging")
    assert status(root) == ""
    assert not list((root / "data").rglob("*.json"))


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_an_offered_member_comes_and_goes_and_its_adapter_stays(root: Path, name: str) -> None:
    adapter_before = (root / f"src/ml/members/{name}.py").read_bytes()
    assert new_member(root, name, 0.1) == [Path("params.yaml")]
    assert read_ensemble(root).weights[name] == 0.1
    # The block is one that the adapter takes.
    make_member(name, read_member_settings(root, name))
    with pytest.raises(UserError, match=f"{name} is a member already"):
        new_member(root, name)
    assert remove_member(root, name) == [Path("params.yaml")]
    assert (root / f"src/ml/members/{name}.py").read_bytes() == adapter_before
    assert status(root) == ""


def test_a_block_in_the_middle_is_removed_without_its_neighbours_comments(root: Path) -> None:
    remove_member(root, "xgboost")
    params = read_yaml(root / "params.yaml")
    assert list(params["members"]) == list(params["ensemble"]["weights"]) == ["lightgbm", "random_forest"]
    removed = [line[1:] for line in run(root, "git", "diff", "-U0", "params.yaml").stdout.splitlines()]
    assert not [line for line in removed if line.startswith("  #")]
    assert "train_each@xgboost" not in read_yaml(root / "dvc.lock")["stages"]


@pytest.mark.parametrize(
    ("name", "weight", "sentence"),
    [
        ("lightgbm", 0.0, "lightgbm is a member already"),
        ("random_forest", 0.0, "random_forest is a member already"),
        ("Extra", 0.0, "'Extra' cannot name a member"),
        ("class", 0.0, "'class' cannot name a member"),
        ("../evil", 0.0, "cannot name a member"),
        ("bagging\n", 0.0, "cannot name a member"),
        ("ensemble", 0.0, "already names something in reports/metrics"),
        ("volatility", 0.0, "already names something in reports/metrics"),
        ("bagging", -1.0, "must be a finite number"),
        ("bagging", float("nan"), "must be a finite number"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(root: Path, name: str, weight: float, sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        new_member(root, name, weight)
    assert status(root) == ""


def test_weights_on_one_line_are_refused(root: Path) -> None:
    text = (root / "params.yaml").read_text(encoding="utf-8")
    start, end = text.index("  weights:\n"), text.index("  # Probability from which on")
    short = text[:start] + "  weights: {lightgbm: 0.4, xgboost: 0.4, random_forest: 0.2}\n" + text[end:]
    (root / "params.yaml").write_text(short, encoding="utf-8")
    with pytest.raises(UserError, match="do not stand on lines of their own"):
        new_member(root, "bagging")
    assert (root / "params.yaml").read_text(encoding="utf-8") == short
    assert not (root / "src/ml/members/bagging.py").exists()


def test_a_failing_write_leaves_no_adapter(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.write_bytes

    def fails(path: Path, content: bytes) -> None:
        if path.name == "params.yaml":
            raise OSError("disk full")
        real(path, content)

    monkeypatch.setattr(module, "write_bytes", fails)
    with pytest.raises(OSError, match="disk full"):
        new_member(root, "bagging")
    assert status(root) == ""


def test_an_adapter_that_is_nowhere_else_is_not_removed(root: Path) -> None:
    new_member(root, "mine")
    path = root / "src/ml/members/mine.py"
    path.write_text(path.read_text() + "# An hour's work.\n")
    with pytest.raises(UserError, match="mine.py is not committed as it is, and would be lost"):
        remove_member(root, "mine")
    assert path.exists()
    assert "mine" in read_yaml(root / "params.yaml")["members"]


def test_nothing_and_the_last_weight_are_not_removed(root: Path) -> None:
    with pytest.raises(UserError, match="there is nothing of a member bagging"):
        remove_member(root, "bagging")
    remove_member(root, "lightgbm")
    remove_member(root, "xgboost")
    with pytest.raises(UserError, match="random_forest is the last member with a weight"):
        remove_member(root, "random_forest")


def written(name: str) -> type[Member]:
    """The class in the text of an adapter."""
    scope: dict = {"__name__": f"written.{name}"}
    exec(compile(adapter(name), name, "exec"), scope)
    return next(value for value in scope.values() if getattr(value, "__module__", "") == f"written.{name}")


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_known_estimator_trains_to_the_same_bytes_of_allowed_names(name: str, problem) -> None:
    settings = dict(line.split(": ") for line in KNOWN[name].settings.split("\n"))
    settings = {key: float(value) if "." in value else int(value) for key, value in settings.items()}
    if KNOWN[name].takes_rising:
        settings |= {"rising": ["rsi_14"]}
    if "n_estimators" in settings:
        settings["n_estimators"] = 5
    kind = written(name)
    members = [kind(**settings, half_life=200).fit(*problem) for _ in range(2)]
    # The class of an adapter that is no file cannot be pickled itself; what it keeps can.
    first, second = (model_bytes(vars(member)) for member in members)
    assert first == second
    strings = [argument for opcode, argument, _ in genops(first) if "UNICODE" in opcode.name]
    pairs = set(pairwise(strings))
    named = {pair for pair in pairs if pair[0].startswith(("sklearn", "numpy"))}
    assert named == set(kind.pickle_names)
    probability = members[0].predict_proba(problem[0])[:, 1]
    assert np.corrcoef(probability, problem[1])[0, 1] > 0.3


def test_an_unknown_estimator_says_that_it_is_not_written_yet() -> None:
    with pytest.raises(ValueError, match="its adapter is not written yet; do so in src/ml/members/mine.py"):
        written("mine")(random_state=1)


@pytest.mark.parametrize("name", [*KNOWN, "mine"])
def test_the_text_is_formatted_as_all_code_is(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text(adapter(name))
    # What is still to be filled in has arguments that nothing uses.
    for command in (("format", "--check"), ("check",))[: 2 if name in KNOWN else 1]:
        result = run(ROOT, "ruff", *command, "--config", "ruff.toml", str(tmp_path / f"{name}.py"))
        assert result.returncode == 0, result.stdout
