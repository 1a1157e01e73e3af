"""The feature table as a file: damaged, it is told in one sentence."""

from pathlib import Path

import pandas as pd
import pytest

from src.core.errors import UserError
from src.features.table import FeatureTable


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1 PAR1"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "features.parquet"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"features\.parquet cannot be read \(.*\); run `make repro`\.$") as told:
        FeatureTable.read(path)
    assert "\n" not in str(told.value)


def test_a_missing_file_and_a_missing_column_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        FeatureTable.read(tmp_path / "absent.parquet")
    pd.DataFrame({"timestamp": [1], "target": [0]}).to_parquet(tmp_path / "features.parquet")
    with pytest.raises(UserError, match=r"has no column close, .*, fell; run `make repro`"):
        FeatureTable.read(tmp_path / "features.parquet")
