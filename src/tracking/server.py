"""The MLflow server: which, whether it answers, and what its errors mean."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.shown import shown_path, shown_url

VARIABLE = "MLFLOW_TRACKING_URI"
# Seconds for one answer, and how often to ask again; what the environment says is kept.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "30", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


def server_address(given: str | None) -> str:
    """The address of the server: ``given``, or the environment's MLFLOW_TRACKING_URI.

    Raises:
        UserError: neither, or no http address.
    """
    url = given or os.environ.get(VARIABLE) or ""
    if not url:
        raise UserError(f"no MLflow server is named; say which, as in URL=http://127.0.0.1:5000, or set {VARIABLE}.")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UserError(f"'{shown_url(url)}' is no address of a server; write it as http://127.0.0.1:5000.")
    return url.rstrip("/")


def connect(url: str) -> Any:
    """MLflow's client of the server at ``url``, which answers.

    Raises:
        UserError: it does not, or MLflow is not installed here.
    """
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    # It sends no usage data, and the lines that are printed are ours.
    os.environ |= {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }
    try:
        from mlflow import MlflowClient
    except ModuleNotFoundError as error:
        raise UserError(f"this Python has no {error.name}; run `make mlflow-setup`, then `make mlflow`.") from None
    client = MlflowClient(tracking_uri=url, registry_uri=url)
    with told(url, "start it (`make mlflow-server`), or name another: URL=http://…"):
        client.search_experiments(max_results=1)
    return client


@contextmanager
def told(url: str, remedy: str) -> Iterator[None]:
    """An error of the server or of the way there becomes one sentence that ends with ``remedy``."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    try:
        yield
    # The library passes some errors of the way there on as they are.
    except (MlflowException, RequestException, OSError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        reason = shown_path(line.replace(url, shown_url(url)))[:200].rstrip(".")
        raise UserError(f"the MLflow server {shown_url(url)} could not be asked ({reason}); {remedy}.") from None
