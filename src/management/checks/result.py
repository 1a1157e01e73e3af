"""What a check found."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from src.core.errors import UserError


@dataclass
class CheckResult:
    """``problems`` are sentences that make the check fail; ``notes`` say what was found or left out."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def timed(check: Callable[[], CheckResult]) -> CheckResult:
    """Run ``check``; a ``UserError`` it raises is its problem."""
    start = time.perf_counter()
    try:
        verdict = check()
    except UserError as error:
        verdict = CheckResult(problems=[str(error)])
    verdict.seconds = time.perf_counter() - start
    return verdict
