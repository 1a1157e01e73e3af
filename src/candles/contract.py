"""The candle contract: what every candle in data/raw keeps, and the sentence for one that does not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from src.candles import rules
from src.candles.rules import Mask, Rule
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS, OHLCV

DTYPE = "datetime64[us, UTC]"
FIRST_ROWS = 3
# pandera's names for what is wrong with a whole column.
COLUMN_FAULTS = {
    "column_in_schema": "is not one of the contract",
    "column_in_dataframe": "is missing",
    "column_ordered": "is not in its place",
}
MICROSECOND = pd.Timedelta(1, "us")


def candle_schema(step: pd.Timedelta) -> pa.DataFrameSchema:
    """The contract for candles of duration ``step`` as a pandera schema."""
    timestamp = [
        pa.Check(lambda t: _kept(rules.not_later(micros(t)), t), error=rules.NOT_LATER),
        pa.Check(
            lambda t: _kept(rules.off_grid(micros(t), step // MICROSECOND), t), error=f"is not on the grid of {step}"
        ),
    ]
    columns = {
        name: pa.Column("float64", [_of_column(rule) for rule in found]) for name, found in rules.COLUMNS.items()
    }
    return pa.DataFrameSchema(
        {"timestamp": pa.Column(DTYPE, timestamp)} | columns,
        checks=[_of_candles(rule) for rule in rules.CANDLE],
        strict=True,
        ordered=True,
    )


def validate_candles(
    candles: pd.DataFrame, step: pd.Timedelta, where: str, place: Callable[[int], str] | None = None
) -> pd.DataFrame:
    """``candles`` unchanged, if they keep the contract.

    Args:
        candles: columns `timestamp, open, high, low, close, volume`, index 0 … n−1.
        step: duration of one candle.
        where: the file, for the error text.
        place: tells where row i stands, where that is not line i + 2 of the file.

    Raises:
        UserError: counts of every violation and the first rows of each.
    """
    if candles.empty:
        raise UserError(f"{where} holds no candle; give a file with at least one row.")
    try:
        return candle_schema(step).validate(candles, lazy=True, inplace=True)
    except pa.errors.SchemaErrors as errors:
        raise UserError(f"{where} breaks the candle contract: {_describe(candles, errors, place or _line)}") from None


def micros(times: pd.Series) -> NDArray[np.int64]:
    """Contract times as µs since 1970."""
    return times.astype(DTYPE).astype("int64").to_numpy()


def from_micros(times: NDArray[np.int64]) -> pd.Series:
    """Contract times of µs since 1970."""
    return pd.Series(pd.DatetimeIndex(times.view("datetime64[us]")).tz_localize("UTC")).astype(DTYPE)


def _of_column(rule: Rule) -> pa.Check:
    return pa.Check(lambda column: _kept(rule.broken(column.to_numpy()), column), error=rule.sentence)


def _of_candles(rule: Rule) -> pa.Check:
    return pa.Check(
        lambda candles: _kept(rule.broken(candles[list(OHLCV[:4])].to_numpy()), candles), error=rule.sentence
    )


def _kept(broken: Mask, of: pd.Series | pd.DataFrame) -> pd.Series:
    return pd.Series(~broken, index=of.index)


def _describe(candles: pd.DataFrame, errors: pa.errors.SchemaErrors, place: Callable[[int], str]) -> str:
    # A check of whole candles is listed once per column.
    cases = errors.failure_cases
    of_candles = (cases["schema_context"] == "DataFrameSchema") & cases["index"].notna()
    cases = cases.assign(column=cases["column"].where(~of_candles, "candle"))
    parts = []
    for (column, check), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        rows = sorted(set(group["index"].dropna().astype(int)))
        if not rows:
            name = column if column in CANDLE_COLUMNS else group["failure_case"].iloc[0]
            parts.append(f"column {name} {COLUMN_FAULTS.get(check, check)}")
            continue
        shown = ", ".join(_row(candles, row, str(column), place) for row in rows[:FIRST_ROWS])
        problem = rules.MISSING.sentence if check == "not_nullable" else check
        label = f"{column} " if column in CANDLE_COLUMNS else ""
        more = ", …" if len(rows) > FIRST_ROWS else ""
        parts.append(f"{label}{problem} in {len(rows)} of {len(candles)} rows ({shown}{more})")
    return "; ".join(parts) + ". Correct the file or take another."


def _row(candles: pd.DataFrame, row: int, column: str, place: Callable[[int], str]) -> str:
    candle = candles.iloc[row]
    shown = [column] if column in OHLCV else [] if column == "timestamp" else list(OHLCV[:4])
    values = ", ".join(f"{name} {float(candle[name])!r}" for name in shown)
    return f"{place(row)} at {candle['timestamp']:%Y-%m-%dT%H:%M}" + (f": {values}" if values else "")


def _line(row: int) -> str:
    # The header is line 1 of the file.
    return f"line {row + 2}"
