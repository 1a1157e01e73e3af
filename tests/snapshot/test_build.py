import hashlib
import json

import pandas as pd
import pytest

from src.candles.contract import validate_candles
from src.candles.readers.files import check_provenance, provenance_path
from src.core.errors import UserError
from src.snapshot.build import compressed, csv_text
from src.snapshot.source import clean
from tests.conftest import HOUR, SNAPSHOT, make_candles


def test_the_bundled_file_is_the_one_its_provenance_describes(snapshot: pd.DataFrame) -> None:
    provenance = json.loads(provenance_path(SNAPSHOT).read_text(encoding="utf-8"))
    result = provenance["result"]
    assert hashlib.sha256(SNAPSHOT.read_bytes()).hexdigest() == result["sha256"]
    assert hashlib.sha256(csv_text(snapshot).encode()).hexdigest() == result["sha256_uncompressed"]
    assert len(snapshot) == result["rows"] == 20_111 - 5 - 28
    assert provenance["source"]["licence"] == "Apache-2.0"


def test_the_bundled_candles_keep_the_contract(snapshot: pd.DataFrame) -> None:
    assert validate_candles(snapshot, HOUR, "snapshot") is not None


def test_cleaning_sorts_and_drops_repeats_and_untraded_hours() -> None:
    good = make_candles([100.0, 101, 102, 103, 104, 105])
    good["volume"] += 0.25
    # Hour 3 serves hour 1 again, hour 4 nobody traded; the file is newest first with two rows swapped.
    good.loc[3, good.columns[1:]] = good.loc[1, good.columns[1:]]
    good.loc[4, "volume"] = 0
    cleaned, repairs = clean(good.iloc[[5, 4, 2, 3, 1, 0]].reset_index(drop=True))
    assert list(cleaned["timestamp"].dt.hour) == [0, 1, 2, 5]
    assert repairs.rows_out_of_order == 1
    assert repairs.stale_candles_dropped == ("2020-01-01T03:00:00Z",)
    assert repairs.zero_volume_hours_dropped == 1


def test_cleaning_keeps_the_same_values_more_than_a_day_later() -> None:
    day = make_candles([100.0 + hour for hour in range(26)])
    for hour, kept in ((24, 25), (25, 26)):
        again = day.copy()
        again.loc[hour, day.columns[1:]] = day.loc[0, day.columns[1:]]
        assert len(clean(again)[0]) == kept


def test_compression_holds_no_clock() -> None:
    assert compressed(b"candles") == compressed(b"candles")
    assert compressed(b"candles")[4:8] == bytes(4)


def test_other_bytes_than_the_provenance_names_are_refused(tmp_path) -> None:
    copy = tmp_path / SNAPSHOT.name
    copy.write_bytes(SNAPSHOT.read_bytes() + b"x")
    with pytest.raises(UserError, match=r"no provenance file .* set `ingest.source: csv`"):
        check_provenance(copy)
    provenance_path(copy).write_bytes(provenance_path(SNAPSHOT).read_bytes())
    with pytest.raises(UserError, match="is not the snapshot its provenance describes"):
        check_provenance(copy)


@pytest.mark.parametrize("document", ["[]", '{"result": null}', '{"result": {}}', "5", "[" * 100_000, "{"])
def test_a_provenance_file_of_another_form_is_refused(tmp_path, document: str) -> None:
    (tmp_path / "x.csv").touch()
    (tmp_path / "x.provenance.json").write_text(document)
    with pytest.raises(UserError, match=r"x.provenance.json is not a provenance document; restore it with git"):
        check_provenance(tmp_path / "x.csv")
