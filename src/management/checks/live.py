"""The live side of this checkout, for those who look at the models here."""

from pathlib import Path

from src.core.errors import UserError
from src.core.yaml_files import read_yaml
from src.management.checks.result import CheckResult

_SETTINGS = Path("deploy/live.yaml")


def live_side(root: Path) -> CheckResult:
    """What `make health` says, where a journal is. What is wrong there is no fault of the models: all are notes."""
    if not (root / _SETTINGS).is_file():
        return CheckResult()
    try:
        # An environment for the pipeline alone cannot read the settings strictly.
        journal = (read_yaml(root / _SETTINGS) or {}).get("journal", {}).get("path", "")
        if not journal or not (root / journal).is_file():
            return CheckResult()
        from src.live.health.checks import health
        from src.live.settings import read_settings

        return CheckResult(notes=[f"live: {finding.line}" for finding in health(root, read_settings(root))])
    except ModuleNotFoundError as error:
        return CheckResult(notes=[f"live: not looked at: this Python has no {error.name}; run `make serve-setup`"])
    except (UserError, AttributeError, TypeError) as error:
        return CheckResult(notes=[f"live: {_SETTINGS} cannot be read: {error}"])
