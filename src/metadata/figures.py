"""The documents of `reports/metrics` that the gates judge, in the working tree or as a revision holds them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.paths import BACKTEST, BASELINES, metrics

Document = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """``models`` maps each member and `ensemble` to its metrics document, ``volatility`` is that of the baseline of
    this name, ``net_return`` what the ensemble's decisions made of 1, less 1, walk-forward and after costs."""

    models: dict[str, Document]
    volatility: Document
    net_return: float | None


def read_figures(members: Iterable[str], read: Callable[[Path], bytes]) -> Figures:
    """The figures of an ensemble of ``members``; ``read`` gives the bytes of a path relative to the root.

    Raises:
        UserError: a document is missing, damaged or has no such key.
    """
    return Figures(
        models={name: _document(metrics(name), read) for name in [*members, "ensemble"]},
        volatility=_part(BASELINES, read, "volatility"),
        net_return=_part(BACKTEST, read, "ensemble").get("net_return"),
    )


def figures_here(root: Path, members: Iterable[str]) -> Figures:
    """As ``read_figures``, from the working tree."""
    return read_figures(members, lambda path: (root / path).read_bytes())


def _document(path: Path, read: Callable[[Path], bytes]) -> Document:
    try:
        document = json.loads(read(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); run `make repro`.") from None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UserError(f"{path} is damaged; run `make repro`.")
    return document


def _part(path: Path, read: Callable[[Path], bytes], key: str) -> Document:
    part = _document(path, read).get(key)
    if not isinstance(part, dict):
        raise UserError(f"{path} has no {key}; run `make repro`.")
    return part
