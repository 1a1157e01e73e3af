"""The environments a proof runs in: the revision's own lock, and variants of threads, hash seed and CPU."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from src.core.errors import UserError
from src.repository.pins import differing_packages, locked_pins
from src.repository.programs import last_line

LOCK = "requirements.lock"
_CPU_FEATURES = """
from numpy._core._multiarray_umath import __cpu_dispatch__ as names, __cpu_features__ as found
print(" ".join(name for name in names if found.get(name) and (name.startswith("AVX512") or name == "X86_V4")))
"""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def installed_environment(clone: Path, folder: Path) -> Path:
    """A new environment in ``folder`` with exactly the packages of the clone's lock; its interpreter.

    Raises:
        UserError: the packages could not be installed.
    """
    python = folder / "bin" / "python"
    lock = str(clone / LOCK)
    if uv := shutil.which("uv"):
        _install(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        _install(uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", lock)
    else:
        _install(sys.executable, "-m", "venv", str(folder))
        pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet")
        _install(*pip, "install", "--require-hashes", "-r", lock)
    return python


def this_environment(clone: Path) -> Path:
    """The running interpreter, if its packages are those of the clone's lock.

    Raises:
        UserError: naming the packages of other versions.
    """
    other = differing_packages(locked_pins(clone / LOCK))
    if other:
        raise UserError(f"this environment is not that revision's: {', '.join(other)}; prove without --reuse.")
    return Path(sys.executable)


def clean_environment(python: Path, scratch: Path) -> dict[str, str]:
    """The process environment with ``python`` first, and without the user's DVC settings and caches."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "PYTHON", "VIRTUAL_ENV"))}
    kept |= {name: str(scratch / name.lower()) for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR")}
    kept["DVC_SITE_CACHE_DIR"] = str(scratch / "site")
    kept["PATH"] = str(python.parent) + os.pathsep + kept.get("PATH", "")
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return kept


def _plain(python: Path) -> dict[str, str]:
    del python
    return {}


def _one_thread(python: Path) -> dict[str, str]:
    del python
    return dict.fromkeys(_THREADS, "1") | {"PYTHONHASHSEED": "0"}


def _four_threads(python: Path) -> dict[str, str]:
    del python
    return dict.fromkeys(_THREADS, "4") | {"PYTHONHASHSEED": "4242"}


def _no_avx512(python: Path) -> dict[str, str] | None:
    """Settings that switch AVX512 off; None where the CPU or this numpy has none to switch off."""
    found = subprocess.run((str(python), "-c", _CPU_FEATURES), check=False, capture_output=True, text=True)
    features = found.stdout.strip()
    return {"NPY_DISABLE_CPU_FEATURES": features, "OPENBLAS_CORETYPE": "Sandybridge"} if features else None


VARIANTS: dict[str, Callable[[Path], dict[str, str] | None]] = {
    "plain": _plain,
    "no-avx512": _no_avx512,
    "one-thread": _one_thread,
    "four-threads": _four_threads,
}


def _install(*command: str) -> None:
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        reason = last_line(result.stderr)
        raise UserError(f"that revision's {LOCK} could not be installed ({reason}); check the network and the Python.")
