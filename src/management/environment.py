"""Check the interpreter, the system library and the installed packages against the lock."""

import ctypes
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker

from src.errors import UserError
from src.management.verdict import Verdict

OLDEST, NEWEST = (3, 11), (3, 14)
LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\]+))?")


def locked_versions(lock: Path) -> dict[str, str]:
    """The versions that a lock file pins for this platform.

    Raises:
        UserError: the file is missing.
    """
    if not lock.is_file():
        raise UserError(f"{lock} is missing; restore it with git.")
    pins = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        pin = _PIN.match(line)
        if pin and (not pin["marker"] or Marker(pin["marker"]).evaluate()):
            pins[pin["name"].lower()] = pin["version"]
    return pins


def differing_packages(pins: Mapping[str, str]) -> list[str]:
    """One line per package of ``locked_versions`` that is installed in another version, or not at all."""
    return [f"{name} {_installed(name)} instead of {pin}" for name, pin in pins.items() if _installed(name) != pin]


def check_environment(root: Path) -> Verdict:
    """Python in range, OpenMP there, every locked package installed in its locked version."""
    verdict = Verdict()
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        verdict.problems.append(f"Python {sys.version_info.major}.{sys.version_info.minor} is not 3.11 to 3.14.")
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libgomp.so.1")
        except OSError:
            verdict.problems.append(
                "libgomp.so.1 is missing; install it (Debian and Ubuntu: apt-get install libgomp1)."
            )
    pins = {name: pin for lock in LOCKS for name, pin in locked_versions(root / lock).items()}
    other = differing_packages(pins)
    if other:
        verdict.problems.append(f"not the locked packages: {', '.join(other)}; run `make setup` and activate .venv.")
    verdict.notes.append(f"Python {sys.version.split()[0]}, {len(pins) - len(other)} of {len(pins)} locked packages")
    return verdict


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
