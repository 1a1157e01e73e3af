"""Check the interpreter, the system library and the installed packages against the lock."""

import ctypes
import sys
from pathlib import Path

from src.management.checks.result import CheckResult
from src.repository.pins import differing_packages, locked_pins

OLDEST, NEWEST = (3, 11), (3, 14)
LOCKS = ("requirements.lock", "requirements-dev.lock")


def check_environment(root: Path) -> CheckResult:
    """Python in range, OpenMP there, every locked package installed in its locked version."""
    verdict = CheckResult()
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        verdict.problems.append(f"Python {sys.version_info.major}.{sys.version_info.minor} is not 3.11 to 3.14.")
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libgomp.so.1")
        except OSError:
            verdict.problems.append(
                "libgomp.so.1 is missing; install it (Debian and Ubuntu: apt-get install libgomp1)."
            )
    pins = {name: pin for lock in LOCKS for name, pin in locked_pins(root / lock).items()}
    other = differing_packages(pins)
    if other:
        verdict.problems.append(f"not the locked packages: {', '.join(other)}; run `make setup` and activate .venv.")
    verdict.notes.append(f"Python {sys.version.split()[0]}, {len(pins) - len(other)} of {len(pins)} locked packages")
    return verdict
