"""The aliases of the registered model follow the branch `rollout`: one per step."""

from collections.abc import Callable
from pathlib import Path

from src.repository.server import Unreachable
from src.rollout.branch import fetch, remote_address
from src.rollout.commits import ORIGIN, committed_deployments
from src.tracking.registry import NAME, Registry


def move_aliases(root: Path, registry: Registry, say: Callable[[str], None]) -> list[str]:
    """Let each step's alias name what the step runs, and remove that of an empty step; what could not be done."""
    address = remote_address(root, ORIGIN)
    if address:
        try:
            fetch(root, address)
        except Unreachable as error:
            say(f"{error} The aliases follow what is known here of the branch rollout.")
    problems = []
    for step, deployment in committed_deployments(root).items():
        running = deployment.version
        model = registry.models.get(running) if running else None
        if running and model is None:
            problems.append(f"{step} runs {running}, which is not in MLflow, so there is no alias {step}.")
        wanted, now = (str(model.version) if model else None), registry.aliases.get(step)
        if wanted == (None if now is None else str(now)):
            continue
        if wanted:
            registry.client.set_registered_model_alias(NAME, step, wanted)
            say(f"alias {step}: {running}")
        else:
            registry.client.delete_registered_model_alias(NAME, step)
            say(f"alias {step}: removed")
    return problems
