"""Whatever the order, repeats, files and encoding: the same candles. Whatever the wrong cell: found, or harmless."""

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from src.candles.collect import Collected, collect
from src.candles.outliers import price_jumps, volume_jumps
from src.candles.params import IngestParams, Policies
from src.candles.readers.local import read_csv
from src.candles.readers.read import Reading, read_file_content
from src.candles.rows import joined
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS
from tests.candles.readers.encodings import ENCODINGS, csv_of

# `INGEST_EXAMPLES=5000 make test` runs more of them.
EXAMPLES = int(os.environ.get("INGEST_EXAMPLES", "60"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def through(files: list[bytes]) -> Collected:
    params = IngestParams.model_validate(
        {"source": "csv", "path": "x", "timeframe": "1h", "policies": {"gap_share": 0.5}}
    )
    tables = [table for n, file in enumerate(files) for table in read_file_content(file, f"{n}", Reading())]
    return collect(joined(tables), params, NOW)


@st.composite
def valid_candles(draw: st.DrawFn) -> pd.DataFrame:
    """24 to 72 hours of a random walk with a few holes; no two candles alike."""
    count = draw(st.integers(24, 72))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    close = (100 * np.exp(np.cumsum(random.normal(0, 0.01, count)))).round(2)
    opens = (close * (1 + random.normal(0, 0.002, count))).round(2)
    frame = pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=count, freq="h", tz="UTC", unit="us"),
            "open": opens,
            "high": (np.maximum(opens, close) * 1.003).round(2),
            "low": (np.minimum(opens, close) * 0.997).round(2),
            "close": close,
            "volume": random.uniform(1, 20, count).round(4),
        }
    )
    holes = draw(st.sets(st.integers(1, count - 2), max_size=3))
    return frame.drop(index=list(holes)).reset_index(drop=True)


@often
@given(data=st.data(), candles=valid_candles())
def test_order_repeats_files_and_encoding_do_not_matter(data: st.DataObject, candles: pd.DataFrame) -> None:
    rows = data.draw(st.permutations(range(len(candles))))
    rows = [*rows, *data.draw(st.lists(st.sampled_from(rows), max_size=6))]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), max_size=3)))
    pieces = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    names = data.draw(st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=len(pieces), max_size=len(pieces)))
    files = [ENCODINGS[name][1](candles.iloc[piece]) for name, piece in zip(names, pieces, strict=True)]
    result = through(data.draw(st.permutations(files)))
    assert_frame_equal(result.candles, candles, check_exact=True)
    assert result.report["repairs"]["duplicates"] == len(rows) - len(candles)


@st.composite
def damaged_cell(draw: st.DrawFn, text: str) -> str:
    """``text`` with one cell of one row other than it was."""
    lines = text.splitlines()
    row, column = draw(st.integers(1, len(lines) - 1)), draw(st.integers(0, 5))
    cells = lines[row].split(",")
    old = cells[column]
    at = draw(st.integers(0, len(old) - 1))
    other = lines[draw(st.integers(1, len(lines) - 1))].split(",")
    cells[column] = draw(
        st.one_of(
            st.sampled_from("0123456789.-:TZe ").map(lambda char: old[:at] + char + old[at + 1 :]),
            st.sampled_from("0123456789.").map(lambda char: old[:at] + char + old[at:]),
            st.just(old[:at] + old[at + 1 :]),
            st.sampled_from(["", "nan", "inf", "-" + old, "None", "0", "1e400", old + old]),
            st.sampled_from(other),
        )
    )
    lines[row] = ",".join(cells)
    return "\n".join(lines) + "\n"


@often
@given(data=st.data(), candles=valid_candles())
def test_a_wrong_cell_is_refused_or_changes_one_candle_within_the_limits(
    data: st.DataObject, candles: pd.DataFrame
) -> None:
    text = csv_of(candles).decode()
    damaged = data.draw(damaged_cell(text))
    clean = through([text.encode()])
    try:
        result = through([damaged.encode()])
    except UserError as error:
        event("refused")
        assert str(error).endswith((".", ")"))
        return
    if result.candles.equals(candles):
        event("the same value in other letters")
        return
    event("accepted within the limits")
    # Not silently: the sha256 of the input is another, and so is its line in reports/data/candles.json.
    assert result.report["inputs"]["sha256"] != clean.report["inputs"]["sha256"]
    both = result.candles.merge(candles, how="outer", indicator=True)
    moved = both[both["_merge"] != "both"]
    assert len(moved) == 2
    policies = Policies()
    assert price_jumps(result.candles).max() <= policies.outlier_jump
    assert volume_jumps(result.candles).max() <= policies.volume_jump
    if moved["timestamp"].nunique() == 2:
        # A candle stands at another time: order or holes of the report tell.
        told = ("first_open", "last_close", "gaps", "missing_candles", "longest_gaps")
        repaired = result.report["repairs"]["out_of_order"] > 0
        assert repaired or any(result.report[key] != clean.report[key] for key in told)


@often
@given(data=st.data(), candles=valid_candles())
def test_with_a_sha256_every_wrong_cell_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, candles: pd.DataFrame
) -> None:
    text = csv_of(candles).decode()
    damaged = data.draw(damaged_cell(text))
    folder = tmp_path_factory.getbasetemp()
    (folder / "file.csv").write_text(damaged)
    file = {"path": "file.csv", "sha256": hashlib.sha256(text.encode()).hexdigest()}
    ingest: dict[str, Any] = {"source": "csv", "path": "x", "timeframe": "1h", "files": [file]}
    params = IngestParams.model_validate(ingest)

    def read() -> pd.DataFrame:
        return read_csv(params, folder, folder).frame[list(CANDLE_COLUMNS)]

    if damaged == text:
        assert_frame_equal(read(), candles)
    else:
        with pytest.raises(UserError, match="has sha256"):
            read()
