import io
import zipfile

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.params import SHAPES, ColumnMapping
from src.candles.readers import text
from src.candles.readers.read import Reading, read_file_content
from src.candles.rows import joined
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS
from src.snapshot.build import compressed
from tests.candles.readers.encodings import ENCODINGS, csv_of


def read(content: bytes, how: Reading | None = None) -> pd.DataFrame:
    frame = joined(read_file_content(content, "file", how or Reading())).frame
    return frame.sort_values("timestamp", ignore_index=True)[list(CANDLE_COLUMNS)]


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_shape_is_told_by_its_content_and_read_exactly(name: str, snapshot: pd.DataFrame) -> None:
    shape, encode = ENCODINGS[name]
    candles = snapshot.iloc[-200:].reset_index(drop=True)
    [(_, part)] = read_file_content(encode(candles), "file", Reading())
    assert part.shape == shape
    assert_frame_equal(read(encode(candles)), candles)
    named = read_file_content(encode(candles), "file", Reading(shape if part.unit != "row" else "auto"))
    assert named[0][1].shape == shape


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_shape_of_text_is_read_by_the_careful_way_too(
    name: str, candles: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "read_fast", lambda *_: None)
    assert_frame_equal(read(ENCODINGS[name][1](candles)), candles)


def test_every_documented_shape_is_tested() -> None:
    assert {shape for shape, _ in ENCODINGS.values()} | {"auto", "investing", "metatrader"} == set(SHAPES)


def test_the_fast_and_the_careful_reading_agree_bit_for_bit(snapshot: pd.DataFrame) -> None:
    fast = read(csv_of(snapshot))
    # A blank line is enough to leave the fast reading.
    careful = read(csv_of(snapshot) + b"\n")
    assert_frame_equal(fast, careful, check_exact=True)
    assert_frame_equal(fast, snapshot, check_exact=True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "file is empty"),
        (b"  \n", "file is empty"),
        (b"<html><body>404</body></html>", "file is a web page, not candles"),
        (b'{"status": 0, "data": [{"openTime": "1', "file is not whole JSON .*line 1"),
        (b'{"success": 0, "data": {"code": 10000}}', "file is an error answer of the exchange .*10000"),
        (b'{"status": 5, "messages": [{"message_code": "ERR-5201"}]}', "file is an error answer .*ERR-5201"),
        (b'{"success": 1, "data": {"candlestick": []}}', "file holds no candles of one known shape"),
        (b"[[1700000000000, 1, 2, 3]]", r"file item 1 has 4 values where 6 .ccxt. or 12 .binance. are"),
        (b"[[1700000000000, 1, 1, 1, 1, 1], [1700003600000, 1, 1, 1, 1, 1, 1]]", "file item 2 has 7 values"),
        # Not below Kraken's `last`: other exchanges have the volume elsewhere among eight values.
        (b"[[1700000000000, 1, 1, 1, 1, 1, 1, 1]]", "file item 1 has 8 values"),
        (b"[[1700000000000, 1, 1, 1, 1, 1], 5]", "file has 5 among its candles"),
        (b'{"error": ["EGeneral:Invalid arguments"]}', "file is an error answer of the exchange .*EGeneral"),
        (b'{"ohlcv": 5}', "file has `ohlcv` 5 where a list of candles is expected"),
        (b'{"ohlcv": null}', "file has `ohlcv` None where a list"),
        (b'{"ohlcv": [5]}', "file has 5 as candle 1 of `ohlcv`"),
        (b'{"ohlcv": [["1", "1", "1", "1", "1"]]}', "file item 1 has 5 values where 6 are expected"),
        (b"[" * 200_000, "file is nested too deeply to be candles"),
        (b"[" * 900 + b"]" * 900, "file (is nested too deeply to be candles|holds no candles)"),
        (b"one,two\n1,2\n", "no line with six cells"),
        (b"a,b,c,d,e,f\nx,1,2,3,4,5\n", "file has no known shape .header a, b, c, d, e, f.*ingest.columns"),
        (b"symbol,open,high,low,close,volume_btc\nBTCUSD,1,1,1,1,1\n", "file has no known shape .header symbol"),
        (b"1700000000,1,2,3,4,5\n", "file has no known shape .first row 1700000000,1,2"),
        (compressed(b"x" * 1000)[:-9], "file cannot be unpacked"),
        (b"PK\x03\x04 not a zip", "file cannot be unpacked"),
        (b"PAR1 not a table", "file cannot be read"),
        (b"ARROW1 not a table", "file cannot be read"),
        (b"\x81\x40\x81\x41,1,2,3,4,5\n" * 3, "file (has no known shape|is not UTF-8)"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(content)


def zip_with(offset: int, value: int) -> bytes:
    """A zip file with one member, whose local header and directory entry have ``value`` at ``offset``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "x")
    content = bytearray(stream.getvalue())
    content[offset] = content[content.index(b"PK\x01\x02") + offset + 2] = value
    return bytes(content)


def zip_of_a_folder() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("folder/", "")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zip_with(6, 1), "file cannot be unpacked .File 'a.csv' is encrypted"),
        (zip_with(8, 97), "file cannot be unpacked .That compression method is not supported"),
        (zip_of_a_folder(), "file holds no file"),
        (b"PK\x05\x06" + bytes(18), "file holds no file"),
    ],
)
def test_a_zip_file_that_gives_nothing_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(content)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("101.0,1", "oops,1", "open is not a number in 1 rows .first: line 3, 'oops'"),
        ("101.0,1", ",1", "open is not a number in 1 rows .first: line 3, ''"),
        ("101.0,1", "1_01.0,1", "'1_01.0'"),
        ("101.0,1", "nan,1", "'nan'"),
        ("101.0,1", "101.0,0,1", "line 3 has 7 cells where 6 are expected"),
        ("2020-01-01T01:00:00Z", "2020-01-01T01:00:00", "no time zone in 1 rows .first: line 3.*ingest.timezone"),
        ("2020-01-01T01:00:00Z", "yesterday", "timestamp 'yesterday' at line 3 is not an ISO 8601 time"),
        ("2020-01-01T01:00:00Z", "2020-02-30T01:00:00Z", "'2020-02-30T01:00:00Z' at line 3 is not"),
        ("2020-01-01T01:00:00Z", "", "timestamp '' at line 3"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(candles: pd.DataFrame, old: str, new: str, sentence: str) -> None:
    text = csv_of(candles).decode()
    assert old in text
    with pytest.raises(UserError, match=sentence):
        read(text.replace(old, new, 1).encode())


def test_a_feather_file_with_one_name_twice_is_refused() -> None:
    import pyarrow as pa
    from pyarrow import feather

    stream = io.BytesIO()
    feather.write_feather(pa.table([pa.array([1.0])] * 7, names=[*CANDLE_COLUMNS, "open"]), stream)
    with pytest.raises(UserError, match="file has open twice"):
        read(stream.getvalue())


def test_an_epoch_without_a_digit_is_refused(candles: pd.DataFrame) -> None:
    text = ENCODINGS["epoch ms"][1](candles).decode()
    with pytest.raises(UserError, match="timestamp 157783680000 at line 2 is no epoch between 2009 and 2100"):
        read(text.replace("1577836800000", "157783680000").encode())


def test_an_epoch_of_more_than_64_bits_is_named_among_others(candles: pd.DataFrame) -> None:
    text = ENCODINGS["epoch ms"][1](candles).decode()
    with pytest.raises(UserError, match=r"'9999999999999999999' at line 3 is not an epoch .*1 such rows"):
        read(text.replace("1577840400000", "9999999999999999999").encode())


@pytest.mark.parametrize("zone", ["UTC", None])
@pytest.mark.parametrize("seconds", [10**12, -(10**11), 253402300800])
def test_times_that_no_text_can_tell_are_refused(zone: str | None, seconds: int) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    times = pa.array([1577836800, seconds], type=pa.timestamp("s", tz=zone))
    stream = io.BytesIO()
    parquet.write_table(pa.table([times, *[pa.array([1.0, 1.0])] * 5], names=CANDLE_COLUMNS), stream)
    with pytest.raises(UserError, match=r"file row 2 has a time outside the years 1970 to 2200 .1 such rows"):
        read(stream.getvalue())


def test_naive_times_are_put_where_they_are_told(candles: pd.DataFrame) -> None:
    from zoneinfo import ZoneInfo

    naive = candles.assign(timestamp=candles["timestamp"].dt.tz_localize(None)).to_csv(index=False).encode()
    told = read(naive, Reading(zone=ZoneInfo("Asia/Tokyo")))
    assert (candles["timestamp"] - told["timestamp"] == pd.Timedelta(hours=9)).all()


@pytest.mark.parametrize(
    "name",
    [
        "cryptodatadownload, old",
        "cryptodatadownload, new",
        "contract",
        "times with offset",
        "epoch ms",
        "gmo",
        "parquet",
    ],
)
def test_times_that_say_their_zone_are_not_told_another(candles: pd.DataFrame, name: str) -> None:
    from zoneinfo import ZoneInfo

    with pytest.raises(UserError, match="file: its times .* so `ingest.timezone` Asia/Tokyo has no effect there"):
        read(ENCODINGS[name][1](candles), Reading(zone=ZoneInfo("Asia/Tokyo")))


def test_naive_times_of_a_parquet_table_are_put_where_they_are_told(candles: pd.DataFrame) -> None:
    from zoneinfo import ZoneInfo

    naive = candles.assign(timestamp=candles["timestamp"].dt.tz_localize(None)).to_parquet(None)
    told = read(naive, Reading(zone=ZoneInfo("Asia/Tokyo")))
    assert (candles["timestamp"] - told["timestamp"] == pd.Timedelta(hours=9)).all()
    with pytest.raises(UserError, match="names no time zone in 12 rows .first: row 1"):
        read(naive)


def test_a_mapping_reads_a_parquet_table(candles: pd.DataFrame) -> None:
    names = {"timestamp": "t", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
    mapping = ColumnMapping.model_validate(names | {"close": 4})
    table = candles.rename(columns=names)
    assert_frame_equal(read(table.to_parquet(None), Reading(columns=mapping)), candles)
    with pytest.raises(UserError, match="file has no column v; needs timestamp, .*found t, o, h, l, c"):
        read(table.drop(columns="v").to_parquet(None), Reading(columns=mapping))


def test_json_may_begin_with_comments(candles: pd.DataFrame) -> None:
    assert_frame_equal(read(b"# from the wiki\n\n# of the exchange\n" + ENCODINGS["gmo"][1](candles)), candles)


def test_a_local_time_beyond_the_last_year_is_refused() -> None:
    from zoneinfo import ZoneInfo

    last = b"timestamp,open,high,low,close,volume\n9999-12-31T23:00:00,1,1,1,1,1\n"
    with pytest.raises(UserError, match="too early or too late to be put into America/New_York"):
        read(last, Reading(zone=ZoneInfo("America/New_York")))


def test_a_time_that_a_zone_has_twice_is_refused() -> None:
    from zoneinfo import ZoneInfo

    twice = b"timestamp,open,high,low,close,volume\n2020-11-01T01:30:00,1,1,1,1,1\n"
    with pytest.raises(UserError, match="give times in UTC"):
        read(twice, Reading(zone=ZoneInfo("America/New_York")))
