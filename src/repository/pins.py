"""The releases of libraries that a lock file pins, against what is installed."""

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker

from src.core.errors import UserError

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\]+))?")


def locked_pins(lock: Path) -> dict[str, str]:
    """The releases that a lock file pins for this platform.

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
    """One line per package of ``locked_pins`` that is installed in another release, or not at all."""
    return [f"{name} {_installed(name)} instead of {pin}" for name, pin in pins.items() if _installed(name) != pin]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
