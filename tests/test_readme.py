"""The READMEs: every command runs or is listed as needing the cloud, and what they say is what is there."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import networkx
import pytest

from src.core.yaml_files import read_yaml
from src.management.readme import BLOCKS, results_markdown, write_results
from tests.conftest import ROOT, dev_check, run

READMES = ["README.ja.md", "README.md"]
NEEDS_THE_CLOUD = {"make remote-bucket URL=gs://…/…", "make pull"}
# `make` targets are run by CI and by tests/test_setup.py.
MAKE = {"make repro", "make test"}
# tests/seed/test_examples.py runs every command that the seed names too.
SEED_EXAMPLES = (ROOT / "tests/seed/examples.md").read_text(encoding="utf-8")
# Backticked words of the map of rooms that are no modules.
NO_MODULES = {
    "make health",
    "make audit",
    "make live",
    "make tune",
    "make serve",
    "make up",
    "src/live/dashboard",
    "params.yaml",
    "ingest.policies",
    "days",
    "end",
    "main()",
    "dvc.yaml",
    "dvc.lock",
    "make prove",
    "make drift",
    "make retrain",
    "full-check",
}
# Rooms of one module per member and per stage: params.yaml and the flowchart name them.
ONE_FILE_EACH = {"src/ml/members", "src/stages"}


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


def lines(block: str) -> list[str]:
    stripped = [line.split("  #")[0].strip() for line in block.splitlines()]
    return [line for line in stripped if line]


def commands(name: str) -> list[str]:
    return [line for block in blocks(name, "sh") for line in lines(block)]


def story(name: str) -> list[str]:
    return next(lines(block) for block in blocks(name, "sh") if "git commit" in block)


def test_both_languages_show_the_same_commands_code_and_flowchart() -> None:
    assert commands("README.md") == commands("README.ja.md")
    for language in ("python", "mermaid"):
        ours, theirs = ([re.sub(r"#.*", "", block) for block in blocks(name, language)] for name in READMES)
        assert ours == theirs != []


@pytest.mark.parametrize("name", BLOCKS)
def test_the_results_are_the_current_ones(name: str) -> None:
    if run(ROOT, "git", "diff", "--quiet", "HEAD", "--", "reports").returncode:
        pytest.skip("reports differ from HEAD: the documents show the committed run")
    assert results_markdown(ROOT, BLOCKS[name]) in (ROOT / name).read_text(encoding="utf-8"), "run `make readme`"


def test_every_command_is_run_by_a_test_or_needs_the_cloud() -> None:
    run_here = {*commands("docs/commands.md"), *story("README.md")}
    assert set(commands("README.md")) - run_here == NEEDS_THE_CLOUD | MAKE


@pytest.mark.seed_commands
@pytest.mark.parametrize("command", [c for c in commands("docs/commands.md") if f"\n{c}" not in SEED_EXAMPLES])
def test_the_command_runs(short_pipeline: Path, command: str) -> None:
    result = run(short_pipeline, *command.split())
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
def test_the_story_of_six_commands(repository: Path) -> None:
    (repository / ".dvc/config.local").unlink()
    # make takes this environment for the repository's own.
    (repository / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (repository / ".venv" / part).symlink_to(Path(sys.prefix) / part)
    (repository / ".venv/.ready").touch()
    ensemble = repository / "models/production/production_ensemble.pkl"
    before = ensemble.read_bytes()
    commands = story("README.md")
    assert len(commands) == 6
    for command in commands[:-1]:
        result = run(repository, "bash", "-ec", command)
        assert result.returncode == 0, command + result.stdout + result.stderr
        if "metrics diff" in command:
            # The short pipeline's few trees need not give other metrics.
            ran = re.findall(r"Running stage '(\S+)'", result.stdout)
            assert sorted(ran) == ["ensemble", "evaluate", "export", "metadata"]
    # The commit holds the tables of its own run, else its tests would fail.
    for document, models in BLOCKS.items():
        assert results_markdown(repository, models) in run(repository, "git", "show", f"HEAD:{document}").stdout
    assert "released v1.1.0 from" in result.stdout
    assert ensemble.read_bytes() != before
    assert run(repository, "bash", "-ec", commands[-1]).returncode == 0
    assert ensemble.read_bytes() == before
    assert run(repository, "bash", "-ec", "git checkout - && dvc checkout && dvc status").returncode == 0
    assert ensemble.read_bytes() != before
    wanted = re.findall(r"`(make (?:promote|rollback) [^`]*)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    promoted = run(repository, "bash", "-ec", wanted[0])
    assert promoted.returncode == 0, promoted.stderr
    assert "paper runs v1.1.0" in promoted.stdout
    # It is the first version there, so there is nothing to go back to: one sentence.
    assert "ran nothing before" in run(repository, "bash", "-ec", wanted[1]).stderr


def test_the_python_example_runs(short_pipeline: Path) -> None:
    program = "\n".join(blocks("README.md", "python")) + "\nprint(model.predict(features.values))"
    result = run(short_pipeline, sys.executable, "-W", "error", "-c", program)
    assert result.returncode == 0, result.stderr
    assert re.search(r"0\.\d+ {'lightgbm': 0\.4", result.stdout)


def test_links_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("models/*/README.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_flowchart_is_the_pipeline() -> None:
    """An arrow for every dependency that no longer way implies."""
    drawn = {tuple(pair) for pair in re.findall(r"(\w+) --> (\w+)", blocks("README.md", "mermaid")[0])}
    assert drawn == set(networkx.transitive_reduction(pipeline()).edges)


def pipeline() -> networkx.DiGraph:
    stages = {name: stage.get("do", stage) for name, stage in read_yaml(ROOT / "dvc.yaml")["stages"].items()}
    made = {path: name for name, stage in stages.items() for path in outputs(stage)}
    graph = networkx.DiGraph()
    for name, stage in stages.items():
        for dep in stage["deps"]:
            makers = {made[path] for path in made if path == dep or path.startswith(f"{dep}/")}
            graph.add_edges_from((maker, name) for maker in makers - {name})
    return graph


def outputs(stage: dict) -> list[str]:
    entries = [*stage.get("outs", []), *stage.get("metrics", [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


@pytest.mark.parametrize("name", READMES)
def test_the_map_shows_every_room_and_modules_that_are_there(name: str) -> None:
    rows = re.findall(r"^\| `(src/[\w/]+)` \| (.*) \|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    rooms = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "src").rglob("__init__.py")} - {"src"}
    assert sorted(room for room, _ in rows) == sorted(rooms)
    for room, phrase in rows:
        for module in set(re.findall(r"`([^`]+)`", phrase)) - NO_MODULES:
            assert (ROOT / room / f"{module}.py").is_file(), f"{name}: {room} has no {module}.py"


@pytest.mark.parametrize("name", READMES)
def test_the_map_names_every_module(name: str) -> None:
    rows = re.findall(r"^\| `(src/[\w/]+)` \| (.*) \|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    for room, phrase in rows:
        modules = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}
        if room not in ONE_FILE_EACH:
            assert modules - set(re.findall(r"`([^`]+)`", phrase)) == set(), f"{name}: {room} has modules not named"


def test_both_maps_name_the_same_modules() -> None:
    ours, theirs = (
        [
            (room, sorted(re.findall(r"`([^`]+)`", phrase)))
            for room, phrase in re.findall(r"^\| `(src/[\w/]+)` \| (.*) \|$", (ROOT / name).read_text(), re.MULTILINE)
        ]
        for name in READMES
    )
    assert ours == theirs


def test_make_help_has_every_target_in_a_group_and_fits_100_columns() -> None:
    shown = run(ROOT, "make", "--no-print-directory", "help").stdout.splitlines()
    assert all(len(line) <= 100 for line in shown), max(shown, key=len)
    groups = [line for line in shown if line and not line.startswith(" ")]
    assert len(groups) >= 5
    assert len(set(groups)) == len(groups), "a group is opened twice"
    # No group is empty.
    assert not any(one in groups and other in groups for one, other in pairwise([line for line in shown if line]))
    documented = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert documented <= {line.split()[0] for line in shown if line.startswith("  ")}


def test_a_changed_metric_changes_the_table(tree: Path) -> None:
    write_results(tree)
    assert write_results(tree) == []
    metrics = tree / "reports/metrics/ensemble.json"
    metrics.write_text(re.sub(r'"roc_auc": [\d.]+', '"roc_auc": 0.123456', metrics.read_text()))
    assert "was altered: md5" in dev_check(tree, "results").stderr
    assert write_results(tree) == list(BLOCKS)
    for name in BLOCKS:
        assert "| 0.123 ± " in (tree / name).read_text(encoding="utf-8")
