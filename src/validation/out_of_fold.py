"""The tables of probabilities that the walk-forward leaves behind, as typed contracts.

Out of fold: one row per test row, answered by a model that never saw its fold. In sample: one row per row of the
feature table, answered by the model that was trained on all of them.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from src.core.errors import UserError
from src.core.files import read_parquet, write_parquet
from src.core.names import DIRECTION_NAMES, FEATURE_NAMES, MOVE_NAMES

# `bb_position` is `zscore / 4 + ½`: shuffled alone, either would be read from the other.
GROUPS: dict[str, tuple[str, ...]] = {
    name: ("bb_position", "zscore") if name == "zscore" else (name,) for name in FEATURE_NAMES if name != "bb_position"
}
# Likewise what looks at the same thing over other numbers of bars: `momentum_2` and `momentum_4`.
_FAMILIES = (
    *("hour", "weekday", "rms", "range", "same_hour_move"),
    *("clv", "momentum", "signed_volume", "rsi_56", "zscore_100", "from_high", "from_low"),
)
WIDE_GROUPS: dict[str, tuple[str, ...]] = GROUPS | {
    family: tuple(name for name in (*MOVE_NAMES, *DIRECTION_NAMES) if name.startswith(family)) for family in _FAMILIES
}
# Of the columns that hold the probability with one group of features shuffled; float32 is enough for their mean.
PREFIX = "shuffled_"

_CLASS = [pa.Check.isin([0, 1], error="is not 0 or 1")]
_PROBABILITY = [pa.Check.between(0, 1, error="is not in [0, 1]")]
_LATER = [pa.Check(lambda values: values.is_monotonic_increasing and values.is_unique, error="does not ascend")]
_COMMON = {
    "timestamp": pa.Column("datetime64[us, UTC]", _LATER),
    "target": pa.Column("int8", _CLASS),
    "fell": pa.Column("int8", _CLASS),
    "probability": pa.Column("float64", _PROBABILITY),
    # Of models with two heads.
    "probability_move": pa.Column("float64", _PROBABILITY, required=False),
}
OUT_OF_FOLD = pa.DataFrameSchema(
    {
        "row": pa.Column("int64", [pa.Check.ge(0, error="is below 0"), *_LATER]),
        "fold": pa.Column("int64", pa.Check(lambda folds: folds.is_monotonic_increasing, error="does not ascend")),
        "base_rate": pa.Column("float64", _PROBABILITY),
        **_COMMON,
        "base_rate_move": pa.Column("float64", _PROBABILITY, required=False),
        **{f"{PREFIX}{group}": pa.Column("float32", _PROBABILITY, required=False) for group in WIDE_GROUPS},
    },
    strict=True,
)
IN_SAMPLE = pa.DataFrameSchema(_COMMON, strict=True)


def write_table(path: Path, table: pd.DataFrame, contract: pa.DataFrameSchema) -> None:
    """Write one model's table, if it keeps ``contract``: ``OUT_OF_FOLD`` or ``IN_SAMPLE``.

    Raises:
        UserError: it does not.
    """
    write_parquet(path, _checked(table, contract, path))


def read_table(path: Path, contract: pa.DataFrameSchema) -> pd.DataFrame:
    """One model's table.

    Raises:
        UserError: it is missing, unreadable, or against ``contract``.
    """
    return _checked(read_parquet(path), contract, path)


def write_tables(path: Path, tables: Mapping[str, pd.DataFrame], contract: pa.DataFrameSchema) -> None:
    """Write the tables of several models to one file, with a first column `model`.

    Raises:
        UserError: one does not keep ``contract``.
    """
    parts = [_checked(table, contract, path).assign(model=name) for name, table in tables.items()]
    write_parquet(path, pd.concat(parts, ignore_index=True))


def read_tables(path: Path, contract: pa.DataFrameSchema) -> dict[str, pd.DataFrame]:
    """What ``write_tables`` wrote, by model, in the order of the file.

    Raises:
        UserError: it is missing, unreadable, or against ``contract``.
    """
    parts = read_parquet(path, ("model",)).groupby("model", sort=False)
    return {
        str(name): _checked(part.drop(columns="model").reset_index(drop=True), contract, path) for name, part in parts
    }


def _checked(table: pd.DataFrame, contract: pa.DataFrameSchema, path: Path) -> pd.DataFrame:
    try:
        return contract.validate(table)
    except pa.errors.SchemaErrors as error:
        # A column that is missing or too many.
        found = error.failure_cases.iloc[0]
        raise _refused(path, str(found["failure_case"]), str(found["check"])) from None
    except pa.errors.SchemaError as error:
        column = getattr(error.schema, "name", None) or error.failure_cases
        reason = getattr(error.check, "error", None) or str(error).splitlines()[0]
        raise _refused(path, str(column), reason) from None


def _refused(path: Path, column: str, reason: str) -> UserError:
    return UserError(f"{path} is not a table of probabilities: {column} {reason}; run `make repro`.")
