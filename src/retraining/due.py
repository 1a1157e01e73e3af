"""Whether it is time to train: how old the training candles are, what `make drift` found, what people asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from src.candles.exchange.fetch import last_closed
from src.candles.params import IngestParams
from src.core.errors import UserError
from src.core.params import read_section
from src.live.drift_verdict import DriftVerdict

# After the last candle that the checkout's model was trained on. `never` is not among them: it asks for no candle.
AGES = {"monthly": timedelta(days=30), "daily": timedelta(days=1)}
NEVER = "not due: `retrain.mode` is never; FORCE=1 trains all the same."


def newest_close(root: Path, say: Callable[[str], None]) -> tuple[IngestParams, datetime]:
    """The section `ingest`, and the close of the exchange's newest whole candle.

    Raises:
        UserError: the source is not an exchange, or it does not answer.
    """
    params = read_section(root, "ingest", IngestParams)
    if params.source != "exchange":
        raise UserError(
            f"`ingest.source` is {params.source}, but only an exchange has newer candles; set it to exchange and set "
            "`ingest.days`."
        )
    return params, last_closed(params, say)


def why_due(mode: str, newest: datetime, trained_until: datetime, drift: DriftVerdict | None) -> str | None:
    """Why to train now; None while it is not due.

    Args:
        mode: `retrain.mode`, monthly or daily.
        newest: close of the exchange's newest candle.
        trained_until: close of the last candle that the checkout's model was trained on.
        drift: a verdict about the running version; None without one.
    """
    # A model of this checkout that knows the candles which drifted is the answer to that drift already.
    if drift is not None and drift.drifted and drift.judged_until >= trained_until.timestamp():
        return f"{drift.version} drifted: {drift.sentence.partition(';')[0]}"
    if newest - trained_until >= AGES[mode]:
        return f"`retrain.mode` is {mode}, and training ended {(newest - trained_until).days} days ago"
    return None


def not_due(mode: str, newest: datetime, trained_until: datetime) -> str:
    """The sentence for it."""
    return (
        f"not due: the model of this checkout was trained until {trained_until:%Y-%m-%dT%H:%MZ}, the newest candle "
        f"closed {newest:%Y-%m-%dT%H:%MZ}, and `retrain.mode` {mode} waits for {AGES[mode].days} days or a drift; "
        "FORCE=1 trains all the same."
    )
