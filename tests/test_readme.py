"""The READMEs: every command runs or is listed as needing the cloud, and the results are the current ones."""

import re
import sys
from pathlib import Path

import pytest

from src.management.readme import HEADINGS, results_markdown, write_results
from tests.conftest import ROOT, dev_check, run

READMES = sorted(HEADINGS)
NEEDS_THE_CLOUD = {"make remote-bucket URL=gs://…/…", "make push", "make pull"}
# `make` targets are run by CI and by tests/test_setup.py.
MAKE = {"make repro", "make test"}
# tests/seed/test_examples.py runs every command that the seed names too.
SEED_EXAMPLES = (ROOT / "tests/seed/examples.md").read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


def commands(name: str) -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks(name, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


def test_both_languages_show_the_same_commands_and_code() -> None:
    assert commands("README.md") == commands("README.ja.md")
    strip = [re.sub(r"#.*", "", block) for name in READMES for block in blocks(name, "python")]
    assert strip[: len(strip) // 2] == strip[len(strip) // 2 :]


@pytest.mark.parametrize("name", READMES)
def test_the_results_are_the_current_ones(name: str) -> None:
    if run(ROOT, "git", "diff", "--quiet", "HEAD", "--", "reports").returncode:
        pytest.skip("reports differ from HEAD: the READMEs show the committed run")
    assert results_markdown(ROOT, HEADINGS[name]) in (ROOT / name).read_text(encoding="utf-8"), "run `make readme`"


@pytest.mark.seed_commands
@pytest.mark.parametrize(
    "command", [c for c in commands("README.md") if c not in NEEDS_THE_CLOUD | MAKE and f"\n{c}" not in SEED_EXAMPLES]
)
def test_the_command_runs(short_pipeline: Path, command: str) -> None:
    result = run(short_pipeline, *command.split())
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_python_examples_run(short_pipeline: Path) -> None:
    program = "\n".join(blocks("README.md", "python")) + "\nprint(model.predict(features.values))"
    result = run(short_pipeline, sys.executable, "-c", program)
    assert result.returncode == 0, result.stderr
    assert re.search(r"0\.\d+ {'lightgbm': 0\.4", result.stdout)


def test_links_lead_somewhere() -> None:
    for readme in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("models/*/README.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", readme.read_text(encoding="utf-8")):
            assert (readme.parent / target).exists(), f"{readme}: {target}"


def test_a_changed_metric_changes_the_table(tree: Path) -> None:
    write_results(tree)
    assert write_results(tree) == []
    metrics = tree / "reports/metrics/ensemble.json"
    metrics.write_text(re.sub(r'"roc_auc": [\d.]+', '"roc_auc": 0.123456', metrics.read_text()))
    assert "was altered: md5" in dev_check(tree, "results").stderr
    assert write_results(tree) == ["README.md", "README.ja.md"]
    assert "| 0.123 ± " in (tree / "README.ja.md").read_text(encoding="utf-8")
