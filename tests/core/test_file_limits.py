"""A file that cannot be written whole is not written at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.files import write_bytes
from tests.conftest import ROOT

LIMITED = """
import resource, sys
from pathlib import Path
from src.core.errors import UserError
from src.core.files import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), bytes(2000))
except UserError as error:
    sys.exit(f"error: {error}")
"""


def test_a_limit_on_the_size_of_files_is_one_sentence_and_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "candles.parquet"
    path.write_bytes(b"what was there")
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "candles.parquet cannot be written (File too large; 2000 bytes)" in result.stderr
    assert result.stderr.count("\n") == 1
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("candles.parquet", b"what was there")]


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(UserError, match=f"data{os.sep}x.csv cannot be written"):
        write_bytes(tmp_path / "data/x.csv", b"x")
