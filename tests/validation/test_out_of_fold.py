"""The tables of probabilities: what is against their contract is one sentence, and written or read nowhere."""

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.core.errors import UserError
from src.validation.out_of_fold import (
    GROUPS,
    IN_SAMPLE,
    OUT_OF_FOLD,
    PREFIX,
    read_table,
    read_tables,
    write_table,
    write_tables,
)

HOURS = pd.date_range("2020-01-01", periods=4, freq="h", tz="UTC", unit="us")
TRAINED = pd.DataFrame({"timestamp": HOURS, "target": [0, 1, 0, 1], "fell": [1, 0, 0, 0], "probability": 0.25})
TRAINED = TRAINED.astype({"target": "int8", "fell": "int8"})


def answered() -> pd.DataFrame:
    return TRAINED.assign(row=range(7, 11), fold=[1, 1, 2, 2], base_rate=0.5)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    shuffled = answered().assign(**{f"{PREFIX}{group}": 0.5 for group in GROUPS})
    shuffled = shuffled.astype({f"{PREFIX}{group}": "float32" for group in GROUPS})
    for table, contract in ((answered(), OUT_OF_FOLD), (shuffled, OUT_OF_FOLD), (TRAINED, IN_SAMPLE)):
        write_table(tmp_path / "a.parquet", table, contract)
        assert_frame_equal(read_table(tmp_path / "a.parquet", contract), table)


def test_several_models_in_one_file_keep_their_order(tmp_path: Path) -> None:
    tables = {"seed": answered(), "base_rate": answered().assign(probability=0.75)}
    write_tables(tmp_path / "a.parquet", tables, OUT_OF_FOLD)
    found = read_tables(tmp_path / "a.parquet", OUT_OF_FOLD)
    assert list(found) == ["seed", "base_rate"]
    for name, table in tables.items():
        assert_frame_equal(found[name], table)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"probability": [0.1, 0.2, 0.3, 1.5]}, r"probability is not in \[0, 1\]"),
        ({"probability": [0.1, 0.2, 0.3, float("nan")]}, "probability"),
        ({"target": pd.Series([0, 1, 2, 0], dtype="int8")}, "target is not 0 or 1"),
        ({"row": [7, 8, 8, 9]}, "row does not ascend"),
        ({"fold": [1, 2, 1, 2]}, "fold does not ascend"),
        ({"timestamp": HOURS[::-1]}, "timestamp does not ascend"),
        ({"colour": 1}, "colour column_in_schema"),
    ],
)
def test_a_table_against_the_contract_is_not_written(tmp_path: Path, changes: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=f"is not a table of probabilities: .*{sentence}"):
        write_table(tmp_path / "a.parquet", answered().assign(**changes), OUT_OF_FOLD)
    assert not list(tmp_path.iterdir())


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read .*run `make repro`"):
        read_table(tmp_path / "a.parquet", IN_SAMPLE)
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    with pytest.raises(UserError, match="cannot be read .*run `make repro`"):
        read_tables(tmp_path / "a.parquet", IN_SAMPLE)
    write_table(tmp_path / "a.parquet", TRAINED, IN_SAMPLE)
    with pytest.raises(UserError, match="has no column model"):
        read_tables(tmp_path / "a.parquet", IN_SAMPLE)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a table of probabilities: .*fell"):
        write_table(tmp_path / "a.parquet", TRAINED.drop(columns="fell"), IN_SAMPLE)
