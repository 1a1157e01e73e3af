"""`POST /predict`: features to probabilities; it always answers, and names what lies outside the training range."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from src.live.service.endpoints.features import Row, chosen, probabilities, row_table
from src.live.service.replies import body_of, decoded, reply
from src.live.service.served import MODEL, Served
from src.live.service.state import State


class PredictRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows in the order of `feature_names`, or objects that name each feature; `version` may choose one."""

    features: list[Row]
    version: str | None = None


class PredictParameters(msgspec.Struct, frozen=True, kw_only=True):
    """What to know beside the probabilities; `outside` names, for each row, the features outside their range."""

    outside: list[list[str]]
    decision_threshold: float
    target_threshold: float
    target_horizon: int
    timeframe: str
    proof: str
    trading_ready: bool
    trading_reason: str


class PredictAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One probability and decision for each row."""

    model_name: str
    model_version: str
    probability: list[float]
    decision: list[str]
    parameters: PredictParameters


_DECODER = msgspec.json.Decoder(PredictRequest)


async def predict(request: Request, state: State) -> Response:
    """Answer rows of features."""
    asked = decoded(_DECODER, await body_of(request, state.settings.serve.body_bytes))
    served = chosen(state.line_up, asked.version)
    table = row_table(asked.features, served.names, state.settings.serve.rows)
    answers, outside = await probabilities(served, table, state)
    return reply(
        PredictAnswer(
            model_name=MODEL,
            model_version=served.version,
            probability=answers,
            decision=["rise" if value >= served.threshold else "none" for value in answers],
            parameters=_parameters(served, outside, len(answers)),
        )
    )


def _parameters(served: Served, outside: NDArray[np.bool_] | None, rows: int) -> PredictParameters:
    facts = served.facts
    names: list[list[str]] = [[] for _ in range(rows)]
    if outside is not None:
        for row, column in zip(*outside.nonzero(), strict=True):
            names[row].append(served.names[column])
    return PredictParameters(
        outside=names,
        decision_threshold=facts.decision_threshold,
        target_threshold=facts.target_threshold,
        target_horizon=facts.target_horizon,
        timeframe=facts.timeframe,
        proof=facts.proof,
        trading_ready=facts.trading_ready,
        trading_reason=facts.trading_reason,
    )
