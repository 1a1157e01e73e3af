"""Versions that failed while they ran: the branch `rollout` remembers them, and no step takes them again."""

import json
from dataclasses import dataclass
from typing import Any

from src.core.errors import UserError
from src.rollout.branch import FAILED_FILE, Tip


@dataclass(frozen=True)
class Failed:
    """A version, the step that ran it, and why it was rolled back."""

    version: str
    step: str
    why: str

    @property
    def line(self) -> str:
        """As the branch keeps it."""
        return json.dumps({"version": self.version, "step": self.step, "why": self.why}, ensure_ascii=False)


def failed_at(tip: Tip) -> dict[str, Failed]:
    """The failed versions, each as it failed first.

    Raises:
        UserError: the file holds another line.
    """
    found: dict[str, Failed] = {}
    for number, line in enumerate(tip.contents.get(FAILED_FILE, b"").splitlines(), start=1):
        try:
            content: Any = json.loads(line)
            failed = Failed(str(content["version"]), str(content["step"]), str(content["why"]))
        except (ValueError, KeyError, TypeError):
            raise UserError(f"{FAILED_FILE}, line {number} is damaged; restore it with git.") from None
        found.setdefault(failed.version, failed)
    return found
