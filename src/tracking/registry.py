"""What an MLflow server holds of our versions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from src.core.errors import UserError
from src.repository.git import ARTIFACT

# Of both the experiment and the registered model.
NAME = ARTIFACT
# Results of one page of a search.
PAGE = 1000


@dataclass
class Registry:
    """What the server holds: runs and model versions by the version they are tagged with."""

    client: Any
    experiment: str
    runs: dict[str, Any]
    models: dict[str, Any]
    aliases: dict[str, str]
    # Numbers of model versions that carry no version.
    untagged: list[str]


def read_registry(client: Any) -> Registry:
    """What is there; the experiment and the registered model are made where they are missing.

    Raises:
        UserError: somebody deleted the experiment.
    """
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(NAME)
    if experiment is not None and experiment.lifecycle_stage != "active":
        raise UserError(f"the experiment {NAME} was deleted in MLflow; restore it there, then try again.")
    number = experiment.experiment_id if experiment else client.create_experiment(NAME)
    try:
        aliases = client.get_registered_model(NAME).aliases
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        client.create_registered_model(NAME, description="Released versions; the git tags are the truth.")
        aliases = {}
    runs: dict[str, Any] = {}
    ordered = {"order_by": ["attributes.start_time ASC"]}
    for run in _pages(client.search_runs, experiment_ids=[number], **ordered):
        runs.setdefault(run.data.tags.get("version", ""), run)
    models: dict[str, Any] = {}
    untagged = []
    for model in _pages(client.search_model_versions, filter_string=f"name='{NAME}'"):
        if name := model.tags.get("version"):
            models[name] = model
        else:
            untagged.append(model.version)
    return Registry(client, number, runs, models, dict(aliases), untagged)


def _pages(search: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    token = None
    while True:
        page = search(**arguments, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
