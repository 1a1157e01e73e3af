"""What testers broke: each was read wrong, hung, or ended in a traceback."""

import gzip
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from src.candles.readers import unpack
from src.candles.readers.files import local_bytes, read_candle_file
from src.candles.readers.read import Reading, read_file_content
from src.candles.rows import joined
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS
from src.snapshot.build import csv_text
from tests.candles.readers.encodings import ENCODINGS, metatrader

NEW_YORK = ZoneInfo("America/New_York")
HEADER = b"timestamp,open,high,low,close,volume\n"


def read(content: bytes, how: Reading | None = None) -> pd.DataFrame:
    frame = joined(read_file_content(content, "file", how or Reading())).frame
    return frame.sort_values("timestamp", ignore_index=True)[list(CANDLE_COLUMNS)]


def zip_of(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("char", ["\u2028", "\x85", "\x0c", "\x0b", "\x1c", '"'])
def test_no_other_character_ends_a_line(candles: pd.DataFrame, char: str) -> None:
    assert_frame_equal(read(f"Data of{char}the exchange\n{csv_text(candles)}".encode()), candles)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_every_line_end_is_one(candles: pd.DataFrame, end: str) -> None:
    assert_frame_equal(read(("a banner\n" + csv_text(candles)).replace("\n", end).encode()), candles)


def test_rows_are_as_wide_as_the_header(candles: pd.DataFrame) -> None:
    wide = csv_text(candles).replace("\n", ",17\n").replace("volume,17", "volume")
    with pytest.raises(UserError, match="file line 2 has 7 cells where 6 are expected"):
        read(wide.encode())


def test_a_cell_in_quotes_swallows_no_rows(candles: pd.DataFrame) -> None:
    lines = [line + ",x" for line in csv_text(candles).splitlines()]
    lines[4], lines[7] = lines[4][:-1] + '"x', lines[7][:-1] + 'y"'
    with pytest.raises(UserError, match="file line 8 ends a cell in quotes that began on another line"):
        read("\n".join(lines).encode())


@pytest.mark.parametrize("blank", ["", "\n"])
def test_two_markets_in_one_table_are_refused(candles: pd.DataFrame, blank: str) -> None:
    frame = candles.assign(timestamp=candles["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"), symbol="BTC")
    assert_frame_equal(read(frame.to_csv(index=False).encode() + blank.encode()), candles)
    frame.loc[6:, "symbol"] = "ETH"
    with pytest.raises(UserError, match=r"file holds 2 markets \(BTC, ETH\); give the candles of one"):
        read(frame.to_csv(index=False).encode() + blank.encode())
    with pytest.raises(UserError, match=r"file holds 2 markets"):
        read(candles.assign(symbol=frame["symbol"]).to_parquet(None))


def test_json_holds_one_market_and_each_key_once(candles: pd.DataFrame) -> None:
    first, second = (json.loads(ENCODINGS["ccxt"][1](part)) for part in (candles[:6], candles[6:]))
    assert_frame_equal(read(json.dumps({"20200101": first, "20200102": second}).encode()), candles)
    with pytest.raises(UserError, match=r"file holds 2 markets \(BTC, ETH\)"):
        read(json.dumps({"BTC": first, "ETH": second}).encode())
    with pytest.raises(UserError, match="file has the key 'data' twice in one object"):
        read(f'{{"data": {first}, "data": {second}}}'.encode())


def test_a_zip_file_holds_each_member_once(candles: pd.DataFrame) -> None:
    halves = [csv_text(part).encode() for part in (candles[:6], candles[6:])]
    assert_frame_equal(read(zip_of(("a.csv", halves[0]), ("b.csv", halves[1]))), candles)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zip_of(("a.csv", halves[0]), ("a.csv", halves[1]))
    with pytest.raises(UserError, match="file holds a.csv twice"):
        read(twice)


@pytest.mark.parametrize("cell", ["2020-01-01T05:00:00Z", "105.0"])
def test_a_nul_is_damage_wherever_it_stands(candles: pd.DataFrame, cell: str) -> None:
    with pytest.raises(UserError, match="file line [67] has a NUL character"):
        read(csv_text(candles).replace(cell, cell + "\0", 1).encode())


@pytest.mark.parametrize(
    ("changes", "zone", "sentence"),
    [
        (("Z,", "+0,"), "UTC", r"'2020-01-01T00:00:00\+0' at line 2 is not an ISO 8601 time .12 such rows"),
        (("05:00:00Z,", "05:00:00,"), "UTC", "its times name their zone in 11 of 12 rows"),
        (("05:00:00Z,", "05:00:00,"), None, "no time zone in 1 rows .first: line 7.* into every row, or into none"),
    ],
)
def test_times_half_zoned_are_refused(
    candles: pd.DataFrame, changes: tuple[str, str], zone: str | None, sentence: str
) -> None:
    content = csv_text(candles).replace(*changes).encode()
    with pytest.raises(UserError, match=sentence):
        read(content, Reading(zone=ZoneInfo(zone) if zone else None))


@pytest.mark.parametrize(("time", "offset"), [("2020-11-01T01:30:00", "back"), ("2020-03-08T02:30:00", "forward")])
def test_hours_of_the_clock_change_have_words_of_their_own(time: str, offset: str) -> None:
    with pytest.raises(UserError, match=f"there twice or never in America/New_York.*back or forward.*line 2, '{time}'"):
        read(HEADER + f"{time},1,1,1,1,1\n".encode(), Reading(zone=NEW_YORK))


def test_half_a_character_in_json_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"ud800' at item 1 is not an ISO 8601 time"):
        read(b'[["\\ud800", 1, 1, 1, 1, 1]]')
    with pytest.raises(UserError, match=r"error answer of the exchange .*ud800.*u001b") as refused:
        read(b'{"status": 5, "m": "\\ud800\\u001b"}')
    str(refused.value).encode()


@pytest.mark.parametrize("written", [b"{", b"{}", b"[]", b"\xff", b'{"index_columns": ["x"], "columns": []}'])
def test_what_pandas_wrote_beside_a_table_does_not_matter(candles: pd.DataFrame, written: bytes) -> None:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(candles).replace_schema_metadata({b"pandas": written}), stream)
    try:
        assert_frame_equal(read(stream.getvalue()), candles)
    except UserError as error:
        assert "cannot be read" in str(error)


def test_columns_of_two_levels_and_of_numbers(candles: pd.DataFrame) -> None:
    from src.candles.params import ColumnMapping

    numbered = candles.set_axis(range(6), axis=1).to_parquet(None)
    mapping = ColumnMapping(timestamp=0, open=1, high=2, low=3, close=4, volume=5)
    assert_frame_equal(read(numbered, Reading(columns=mapping)), candles)
    table = candles.set_index("timestamp").rename_axis("Datetime")
    one, two = (pd.concat({name: table}, axis=1).swaplevel(axis=1) for name in ("BTC-USD", "ETH-USD"))
    assert_frame_equal(read(one.to_parquet(None)), candles)
    with pytest.raises(UserError, match=r"file holds 2 markets \(BTC-USD, ETH-USD\)"):
        read(pd.concat([one, two], axis=1).to_parquet(None))


def test_a_bomb_is_not_unpacked_whole(monkeypatch: pytest.MonkeyPatch, candles: pd.DataFrame) -> None:
    monkeypatch.setattr(unpack, "LARGEST", 10_000)
    bomb = csv_text(candles).encode() + b"1," * 10_000
    for packed in (gzip.compress(bomb), zip_of(("a.csv", bomb)), bomb):
        with pytest.raises(UserError, match="file holds more than"):
            read(packed)


def test_a_line_without_end_is_not_split() -> None:
    with pytest.raises(UserError, match="file line 3 is longer than 20000 characters"):
        read(HEADER + b"2020-01-01T00:00:00Z,1,1,1,1,1\n" + b"1," * 20_000)


@pytest.mark.parametrize("path", ["/dev/zero", "pipe", ""])
def test_only_regular_files_are_read(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match=r"is not a regular file; set `ingest.path`|is a folder"):
        local_bytes(tmp_path / path)


def test_a_file_name_steers_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m.csv"
    with pytest.raises(UserError, match=r"a\\x1b\[31m.csv does not exist"):
        read_candle_file(path)
    path.write_bytes(b"one,two\n")
    with pytest.raises(UserError, match=r"^a\\x1b\[31m.csv is no candle table"):
        read_candle_file(path)


def tar_of(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("wrap", "sentence"),
    [
        (lambda _: zip_of(("xl/workbook.xml", b"<x/>")), "file is an Excel workbook; save the sheet as CSV"),
        (lambda text: tar_of(text.encode()), "file is a tar archive; unpack it"),
        (lambda text: text.encode("utf-16-le"), "file is no text in UTF-8 .*without a mark"),
        (lambda text: text.encode("utf-32-be"), "file is no text in UTF-8 .*without a mark"),
    ],
)
def test_what_is_no_candle_file_is_called_by_its_name(
    candles: pd.DataFrame, wrap: Callable[[str], bytes], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        read(wrap(csv_text(candles)))


def test_utf_32_with_its_mark_is_read(candles: pd.DataFrame) -> None:
    assert_frame_equal(read(csv_text(candles).encode("utf-32")), candles)


@pytest.mark.parametrize("volume", ["<VOL>", "<TICKVOL>"])
def test_metatrader_has_date_and_time_in_two_columns(candles: pd.DataFrame, volume: str) -> None:
    content = metatrader(candles, volume)
    assert_frame_equal(read(content, Reading(zone=ZoneInfo("UTC"))), candles)
    assert_frame_equal(
        read(content.replace(b":00:00\t", b":00\t"), Reading("metatrader", zone=ZoneInfo("UTC"))), candles
    )
    with pytest.raises(UserError, match="names no time zone in 12 rows"):
        read(content)


def test_lists_that_fit_two_orders_are_not_guessed() -> None:
    # low = open and high = close in one order, high = open and low = close in the other.
    rows = [[1577836800 + 3600 * hour, 10, 12, 12, 10, 1] for hour in range(3)]
    content = json.dumps(rows).encode()
    with pytest.raises(UserError, match="order of bitfinex or of coinbase; set `ingest.shape` to bitfinex or coinbase"):
        read(content)
    assert read(content, Reading("coinbase"))["open"].tolist() == [12.0] * 3
    assert read(content, Reading("bitfinex"))["open"].tolist() == [10.0] * 3
