"""A version in memory, ready to answer: both graphs, its metadata and what is proven of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from src.bundle.graph import Graph
from src.bundle.operators import check_graph
from src.core.errors import UserError
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.core.shown import shown_path

# The files of a bundle are called as in a checkout.
GRAPHS = (SIGNAL_GRAPH, ENSEMBLE_GRAPH)
PROVEN = "proven"
UNALTERED = "unaltered since fetch"
# What the metadata's `status` says of an ensemble that passed its gates.
READY = "production_ready"


class Sizing(msgspec.Struct, frozen=True):
    """How a version sizes a position: `sizing` of its metadata, from `evaluation.sizing` of the params it was made by.

    Attributes:
        volatility: yearly volatility that is held.
        cap: the largest share of the capital.
        band: the share is changed only when it is off by more.
        cost: fraction of its value that an order lost in the backtest.
        scale: what the deviation read from P(move) is multiplied by; what it was off, walk-forward.
    """

    volatility: Annotated[float, Meta(gt=0)]
    cap: Annotated[float, Meta(gt=0, le=1)]
    band: Annotated[float, Meta(ge=0, lt=1)]
    cost: Annotated[float, Meta(ge=0, lt=1)]
    scale: Annotated[float, Meta(gt=0)]


@dataclass(frozen=True)
class Loaded:
    """A version in memory.

    Attributes:
        version: as v1.2.0; `checkout` for the graphs of a checkout.
        proof: ``PROVEN``: git was asked now, and its dvc.lock names these bytes; ``UNALTERED``: git could not be
            asked, the bytes are those that were proven when they were fetched.
        proof_reason: why it is only ``UNALTERED``; empty otherwise.
        signal: candles → probability.
        ensemble: features → probability.
        metadata: production_model_metadata.json.
        trading_ready: whether this version's orders earned their costs out of sample.
        trading_reason: the sentence for it.
        sizing: how it sizes a position; None where no forecast of volatility was judged.
    """

    version: str
    proof: str
    proof_reason: str
    signal: Graph
    ensemble: Graph
    metadata: dict[str, Any]
    trading_ready: bool
    trading_reason: str
    sizing: Sizing | None = None


def load(
    contents: Mapping[str, bytes], version: str, proof: str, proof_reason: str, where: Path, *, released: bool
) -> Loaded:
    """The version whose files have ``contents`` (by name), which are proven already.

    Raises:
        UserError: other metadata than the pipeline writes, an operator or size that is not allowed, or a graph that
            cannot be run; for a ``released`` version also a status other than ``READY``.
    """
    named = {name: shown_path(where / name) for name in contents}
    metadata = read_metadata(contents[PRODUCTION_METADATA.name], named[PRODUCTION_METADATA.name], released=released)
    for path in GRAPHS:
        check_graph(contents[path.name], named[path.name])
    signal, ensemble = (Graph(contents[path.name], named[path.name]) for path in GRAPHS)
    if signal.facts != ensemble.facts:
        raise UserError(f"{shown_path(where)} holds graphs of two different versions; fetch it again.")
    ready, reason = _trading(metadata)
    sizing = _sizing(metadata, named[PRODUCTION_METADATA.name])
    return Loaded(version, proof, proof_reason, signal, ensemble, metadata, ready, reason, sizing)


def read_metadata(content: bytes, where: str, *, released: bool) -> dict[str, Any]:
    """The metadata document; for a ``released`` version its gates must have passed.

    Raises:
        UserError: no JSON object, or another status.
    """
    try:
        metadata = json.loads(content)
    except (ValueError, RecursionError):
        raise UserError(f"{where} is not JSON; fetch it again.") from None
    if not isinstance(metadata, dict):
        raise UserError(f"{where} is no JSON object; fetch it again.")
    if released and metadata.get("status") != READY:
        raise UserError(f"{where} says status {metadata.get('status')!r}, not {READY!r}; fetch another version.")
    return metadata


def _trading(metadata: dict[str, Any]) -> tuple[bool, str]:
    recorded = metadata.get("trading")
    if not isinstance(recorded, dict) or not isinstance(recorded.get("reason"), str):
        return False, "its metadata says nothing of trading"
    return recorded.get("ready") is True, recorded["reason"]


def _sizing(metadata: dict[str, Any], where: str) -> Sizing | None:
    try:
        return msgspec.convert(metadata.get("sizing"), Sizing | None)
    except msgspec.ValidationError as error:
        raise UserError(f"`sizing` of {where} is not what the pipeline writes ({error}); fetch it again.") from None
