"""Read candles from a file in the candle contract (.csv, .csv.gz, .parquet)."""

import hashlib
import json
from pathlib import Path

import pandas as pd

from src.candles.contract import COLUMNS, DTYPE
from src.errors import UserError

READ_ERRORS = (ValueError, OSError, EOFError, UnicodeDecodeError, pd.errors.ParserError)


def read_candle_file(path: Path) -> pd.DataFrame:
    """The candles of ``path`` with the contract's columns and types, not yet checked for values.

    Raises:
        UserError: missing, of an unknown kind, unreadable, or without the contract's columns.
    """
    if not path.is_file():
        raise UserError(f"{path} does not exist; set `ingest.path` in params.yaml to a candle file.")
    kinds = {".csv": _read_csv, ".csv.gz": _read_csv, ".parquet": pd.read_parquet}
    kind = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if kind not in kinds:
        raise UserError(f"{path} is not .csv, .csv.gz or .parquet; convert it or choose another file.")
    try:
        frame = kinds[kind](path)
    except READ_ERRORS as error:
        raise UserError(f"{path} cannot be read as {kind}: {str(error).strip()}; give an intact file.") from None
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise UserError(
            f"{path} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)} "
            f"(found {', '.join(map(str, frame.columns[:8]))})."
        )
    return _typed(frame[list(COLUMNS)], path)


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)


def _typed(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    typed = {"timestamp": _timestamps(frame["timestamp"], path)}
    for name in COLUMNS[1:]:
        numbers = pd.to_numeric(frame[name], errors="coerce")
        bad = numbers.isna().to_numpy().nonzero()[0]
        if len(bad):
            row = int(bad[0])
            raise UserError(
                f"{path}: {name} is not a number in {len(bad)} rows "
                f"(first: line {row + 2}, {frame[name].iloc[row]!r}); correct the file."
            )
        typed[name] = numbers.astype("float64")
    return pd.DataFrame(typed).reset_index(drop=True)


def _timestamps(column: pd.Series, path: Path) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.astype(DTYPE)
    text = column.astype(str)
    naive = ~text.str.contains(r"(?:Z|UTC|[+-]\d{2}:?\d{2})$", regex=True)
    if naive.any():
        row = int(naive.to_numpy().nonzero()[0][0])
        raise UserError(
            f"{path}: timestamp names no time zone in {int(naive.sum())} rows "
            f"(first: line {row + 2}, {text.iloc[row]!r}); write UTC times such as 2019-10-17T00:00:00Z."
        )
    moments = pd.to_datetime(text, utc=True, format="ISO8601", errors="coerce")
    if moments.isna().any():
        row = int(moments.isna().to_numpy().nonzero()[0][0])
        raise UserError(f"{path}: timestamp {text.iloc[row]!r} on line {row + 2} is not an ISO 8601 time; correct it.")
    return moments.astype(DTYPE)


def check_provenance(path: Path) -> None:
    """Compare a bundled snapshot with the sha256 in the provenance file beside it.

    Raises:
        UserError: no provenance file, or the bytes are others.
    """
    provenance = provenance_path(path)
    try:
        expected = json.loads(provenance.read_text(encoding="utf-8"))["result"]["sha256"]
    except FileNotFoundError:
        raise UserError(
            f"{path} has no provenance file {provenance.name}; for a file of your own set `ingest.source: csv`."
        ) from None
    except (ValueError, KeyError):
        raise UserError(f"{provenance} is not a provenance document; restore it with git.") from None
    if not path.is_file():
        raise UserError(f"{path} does not exist; restore it with `git checkout -- {path.name}`.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise UserError(f"{path} is not the snapshot its provenance describes; restore it with git.")


def provenance_path(snapshot: Path) -> Path:
    """`x.csv.gz` → `x.provenance.json`, in the same folder."""
    return snapshot.with_name(snapshot.name.split(".")[0] + ".provenance.json")
