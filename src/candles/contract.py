"""The candle contract: what every candle in data/raw keeps, and the sentence for one that does not."""

import pandas as pd
import pandera.pandas as pa

from src.errors import UserError

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
DTYPE = "datetime64[us, UTC]"
FIRST_ROWS = 3


def candle_schema(step: pd.Timedelta) -> pa.DataFrameSchema:
    """The contract for candles of duration ``step`` as a pandera schema."""
    price = [pa.Check.gt(0, error="is not above 0"), pa.Check.lt(float("inf"), error="is infinite")]
    volume = [pa.Check.ge(0, error="is below 0"), pa.Check.lt(float("inf"), error="is infinite")]
    timestamp = [
        pa.Check(
            lambda t: t.diff().iloc[1:].gt(pd.Timedelta(0)).reindex(t.index, fill_value=True),
            error="is not later than the row before",
        ),
        pa.Check(lambda t: t.dt.floor(step) == t, error=f"is not on the grid of {step}"),
    ]
    return pa.DataFrameSchema(
        {
            "timestamp": pa.Column(DTYPE, timestamp),
            **{name: pa.Column("float64", price) for name in COLUMNS[1:5]},
            "volume": pa.Column("float64", volume),
        },
        checks=[
            pa.Check(lambda c: c["low"] <= c[["open", "close"]].min(axis=1), error="low is above open or close"),
            pa.Check(lambda c: c["high"] >= c[["open", "close"]].max(axis=1), error="high is below open or close"),
        ],
        strict=True,
        ordered=True,
    )


def validate_candles(candles: pd.DataFrame, step: pd.Timedelta, where: str) -> pd.DataFrame:
    """``candles`` unchanged, if they keep the contract.

    Args:
        candles: columns `timestamp, open, high, low, close, volume`, index 0 … n−1.
        step: duration of one candle.
        where: the file, for the error text.

    Raises:
        UserError: counts of every violation and the first rows of each.
    """
    if candles.empty:
        raise UserError(f"{where} holds no candle; give a file with at least one row.")
    try:
        return candle_schema(step).validate(candles, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise UserError(f"{where} breaks the candle contract: {_describe(candles, errors)}") from None


def _describe(candles: pd.DataFrame, errors: pa.errors.SchemaErrors) -> str:
    cases = errors.failure_cases
    parts = []
    for (column, check), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        rows = sorted(set(group["index"].dropna().astype(int)))
        if not rows:
            parts.append(f"column {column or group['failure_case'].iloc[0]}: {check}")
            continue
        shown = ", ".join(_row(candles, row, str(column)) for row in rows[:FIRST_ROWS])
        problem = "is not a number" if check == "not_nullable" else check
        label = str(column) if column in COLUMNS else "candle"
        parts.append(f"{label} {problem} in {len(rows)} rows ({shown}{', …' if len(rows) > FIRST_ROWS else ''})")
    return "; ".join(parts) + ". Correct the file or take another."


def _row(candles: pd.DataFrame, row: int, column: str) -> str:
    moment = candles["timestamp"].iloc[row]
    value = candles[column].iloc[row] if column in COLUMNS[1:] else None
    # The header is line 1 of the file.
    return f"line {row + 2} at {moment:%Y-%m-%dT%H:%M}" + ("" if value is None else f": {value!r}")
