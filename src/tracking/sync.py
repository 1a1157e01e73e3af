"""Bring an MLflow registry to what git says: one run and one model version per release tag, one alias per step.

Every step can be repeated, so a run that was killed is completed by the next. A version that no tag names is told and
left alone.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from src.artifacts.lock import Output
from src.bundle.remote_settings import remote_settings
from src.bundle.storage import Storage, open_storage
from src.core.errors import UserError
from src.core.files import write_bytes
from src.evaluation.figures import with_error
from src.rollout.released import Released, all_versions, released
from src.tracking.aliases import move_aliases
from src.tracking.model import MODEL_FOLDER, write_model
from src.tracking.record import GRAPHS, Record, read_record
from src.tracking.registry import NAME, Registry, read_registry

# What MLflow takes in one request.
MOST_PARAMS, MOST_METRICS = 100, 1000
FINISHED = "FINISHED"
# The run has all tags, the model version these.
OF_A_MODEL = (
    "version",
    "git_tag",
    "git_commit",
    "status",
    "trading.ready",
    *(f"made_from.{path.name}" for path in GRAPHS),
)


def sync(root: Path, client: Any, say: Callable[[str], None], remote: str | None = None) -> list[str]:
    """Write what is missing and move the aliases; what could not be done, one sentence each.

    Args:
        root: the repository.
        client: of ``connect``.
        say: told what is written.
        remote: where the graphs lie, as in ``remote_settings``.

    Raises:
        UserError: nothing is released.
    """
    versions = all_versions(root)
    if not versions:
        raise UserError("no version is released; `make release VERSION=v1.0.0` makes one.")
    registry = read_registry(client)
    problems, present = [], 0
    storage: Storage | None = None
    for version in versions:
        try:
            found = released(root, version)
            if _is_complete(registry, found):
                present += 1
                continue
            storage = storage or open_storage(remote_settings(root, remote))
            _write(registry, read_record(root, found), storage)
            say(f"{version}: written")
        except UserError as error:
            problems.append(f"{version}: {error}")
    say(f"{present} of {len(versions)} versions were there")
    problems += move_aliases(root, registry, say)
    names = {str(version) for version in versions}
    for name, model in registry.models.items():
        if name not in names:
            say(f"version {model.version} in MLflow is {name}, which no git tag names here; it is left alone")
    for number in registry.untagged:
        say(f"version {number} in MLflow says of no git tag that it is its; it is left alone")
    return problems


def _is_complete(registry: Registry, found: Released) -> bool:
    """Whether all of it was written.

    Raises:
        UserError: it was written of another commit than its tag names now.
    """
    run, model = registry.runs.get(str(found.version)), registry.models.get(str(found.version))
    for entry in (run.data if run else None, model):
        if entry and entry.tags.get("git_commit") != found.commit:
            raise UserError(
                f"the tag {found.version.tag} names commit {found.commit[:12]} now, MLflow has it of "
                f"{str(entry.tags.get('git_commit'))[:12]}: a release tag must never move; ask who moved it."
            )
    return bool(run and model and run.info.status == FINISHED)


def _write(registry: Registry, record: Record, storage: Storage) -> None:
    """Run, figures, files and graphs first; the model version, which others load, last."""
    client = registry.client
    graphs = {output.path.name: _proven(output, storage) for output in record.graphs}
    run = registry.runs.get(record.version)
    if run is None:
        run = client.create_run(registry.experiment, start_time=record.time, tags=record.tags, run_name=record.version)
    number = run.info.run_id
    _log(client, number, record)
    with tempfile.TemporaryDirectory(prefix="mlflow-") as folder:
        for path, content in record.files.items():
            write_bytes(Path(folder) / path, content)
        write_model(Path(folder) / MODEL_FOLDER, graphs, record.metadata, number)
        client.log_artifacts(number, folder)
    if record.version not in registry.models:
        registry.models[record.version] = client.create_model_version(
            NAME,
            source=f"{run.info.artifact_uri}/{MODEL_FOLDER}",
            run_id=number,
            tags={name: record.tags[name] for name in OF_A_MODEL if name in record.tags},
            description=_described(record),
            await_creation_for=None,
        )
    client.set_terminated(number, status=FINISHED, end_time=record.time)


def _proven(output: Output, storage: Storage) -> bytes:
    content = storage.read(output)
    if fault := output.fault(content):
        raise UserError(f"{output.path.name} in the remote {fault}; push it again (`make repair`).")
    return content


def _log(client: Any, run: str, record: Record) -> None:
    from mlflow.entities import Dataset, DatasetInput, Metric, Param

    params = [Param(name, value) for name, value in record.params.items()]
    for start in range(0, len(params), MOST_PARAMS):
        client.log_batch(run, params=params[start : start + MOST_PARAMS])
    # A figure that is there already, of the same step and time, is not written twice.
    metrics = [Metric(point.name, point.value, point.time, point.step) for point in record.points]
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(run, metrics=metrics[start : start + MOST_METRICS])
    made_of = record.metadata.get("made_from", {}).get("data", {})
    data = [
        DatasetInput(Dataset(name=name, digest=md5, source_type="dvc", source=f"{record.commit}:dvc.lock"))
        for name, md5 in made_of.items()
    ]
    client.log_inputs(run, datasets=data)


def _described(record: Record) -> str:
    figures = {point.name: point.value for point in record.points}
    said = ", ".join(
        f"{words} {with_error(figures[name], figures[f'{name}_se'], 4)}"
        for name, words in (
            ("ensemble/walk_forward/log_loss_skill", "log loss skill"),
            ("ensemble/walk_forward/roc_auc", "ROC AUC"),
        )
        if name in figures and f"{name}_se" in figures
    )
    return f"{record.version} of commit {record.commit[:12]}; walk-forward, of the ensemble: {said or 'no figures'}."
