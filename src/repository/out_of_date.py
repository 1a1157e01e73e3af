"""What of the pipeline is out of date, and what a run would do about it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from src.repository.programs import dvc_json
from src.repository.regular import check_outputs

Changes = dict[str, list[Any]]
ABSENT = "deleted"


def dvc_status(root: Path) -> Changes:
    """`dvc status --json`: what is changed, by stage; empty when everything is up to date.

    Raises:
        UserError: DVC itself failed, or would hang on a file.
    """
    check_outputs(root)
    return dvc_json(root, "status", "--json")


def describe_changes(changes: Changes) -> list[str]:
    """One line per stage: `ensemble: params.yaml modified`."""
    return [
        f"{stage}: {', '.join(f'{name} {state}'.strip() for name, state in _reasons(entries))}"
        for stage, entries in changes.items()
    ]


def out_of_date(root: Path) -> list[str]:
    """One sentence per stage that is not up to date; when files are merely not here, one for them all."""
    changes = dvc_status(root)
    reasons = [reason for entries in changes.values() for reason in _reasons(entries)]
    if reasons and all(state == ABSENT for _, state in reasons):
        absent = sorted({name for name, _ in reasons})
        return [f"{len(absent)} outputs are not here (the first: {absent[0]}); run `make pull` or `make repro`."]
    return [f"out of date: {line}; run `make repro` and commit." for line in describe_changes(changes)]


def would_run(root: Path, changes: Changes) -> list[str]:
    """One line per changed stage, and one for those that run only if what they read comes out different."""
    lines = [f"would run: {line}" for line in describe_changes(changes)]
    after = _followers(root, changes)
    return [*lines, f"and, if what they read comes out different: {', '.join(after)}"] if after else lines


def _followers(root: Path, stages: Iterable[str]) -> list[str]:
    """The stages that read, directly or not, what ``stages`` write; in the order they run."""
    import networkx
    from dvc.repo import Repo

    graph = Repo(str(root)).index.graph
    changed = [stage for stage in graph if stage.name in set(stages)]
    # An edge leads from a stage to the one whose outputs it reads.
    reached = set().union(*(networkx.ancestors(graph, stage) for stage in changed)) - set(changed)
    generations = networkx.topological_generations(graph.reverse())
    return [name for together in generations for name in sorted(stage.name for stage in together if stage in reached)]


def _reasons(entries: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """`{"changed deps": {params.yaml: {ingest.days: modified}}}` → `(ingest.days, modified)`."""
    for entry in entries:
        for group in entry.values() if isinstance(entry, dict) else [entry]:
            yield from _flat(group) if isinstance(group, dict) else [(str(group), "")]


def _flat(group: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, state in group.items():
        yield from _flat(state) if isinstance(state, dict) else [(name, str(state))]
