from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.params import ColumnMapping
from src.candles.readers.read import Reading, read_file_content
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

UTC = ZoneInfo("UTC")
AUTO = Reading()
MAPPING = {"timestamp": "Zeit", "open": 1, "high": "Hoch", "low": "Tief", "close": 4, "volume": "Menge"}
TABLE = 'Zeit;Auf;Hoch;Tief;Zu;Menge\n02.01.2020 00:00;1,000.5;1,002;999;1,001;"2.5K"\n'


def mapped(**changes: object) -> Reading:
    columns = ColumnMapping.model_validate(MAPPING | {"time_format": "%d.%m.%Y %H:%M"} | changes)
    return Reading(columns=columns, zone=UTC)


def test_a_mapping_reads_any_table() -> None:
    [(frame, part)] = read_file_content(TABLE.encode(), "file", mapped())
    assert part.shape == "mapped"
    assert frame["timestamp"].iloc[0] == pd.Timestamp("2020-01-02", tz="UTC")
    assert frame[list(CANDLE_COLUMNS[1:])].to_numpy().tolist() == [[1000.5, 1002.0, 999.0, 1001.0, 2500.0]]
    assert frame["line"].tolist() == [2]


@pytest.mark.parametrize("wrong", ["100,00", "0,125", "1,0005", "1,000,5", "1000,000", "2,50K"])
def test_a_decimal_comma_is_no_thousands_separator(wrong: str) -> None:
    with pytest.raises(UserError, match=rf"file: open is not a number .* line 2, '{wrong}'.; .*write a decimal point"):
        read_file_content(TABLE.replace("1,000.5", wrong).encode(), "file", mapped())


@pytest.mark.parametrize("wrong", [{"close": "Schluss"}, {"close": 6}])
def test_a_mapping_to_a_column_that_is_not_there_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"`ingest.columns.close` is .* 6 columns named Zeit, Auf"):
        read_file_content(TABLE.encode(), "file", mapped(**wrong))


@pytest.mark.parametrize("wrong", [{"close": "Auf"}, {"close": 1}])
@pytest.mark.parametrize("binary", [False, True])
def test_one_column_in_two_roles_is_refused(wrong: dict[str, object], binary: bool) -> None:
    content = TABLE.encode()
    if binary:
        content = pd.DataFrame({name: [1.0] for name in TABLE.splitlines()[0].split(";")}).to_parquet(None)
    with pytest.raises(UserError, match=r"file: `ingest.columns.open` and `ingest.columns.close` name the same column"):
        read_file_content(content, "file", mapped(**wrong))


def test_a_time_format_may_name_the_zone() -> None:
    how, content = mapped(time_format="%d.%m.%Y %H:%M %Z"), TABLE.replace("00:00", "00:00 UTC").encode()
    [(frame, _)] = read_file_content(content, "file", Reading(columns=how.columns))
    assert frame["timestamp"].iloc[0] == pd.Timestamp("2020-01-02", tz="UTC")
    with pytest.raises(UserError, match="as `ingest.columns.time_format` says, so `ingest.timezone` UTC has no effect"):
        read_file_content(content, "file", how)


def test_columns_of_json_are_refused() -> None:
    with pytest.raises(UserError, match="file is JSON, which has no columns to name; take `ingest.columns` out"):
        read_file_content(b"[[1700000000000, 1, 1, 1, 1, 1]]", "file", mapped())


def test_a_named_shape_of_a_parquet_file_is_refused(candles: pd.DataFrame) -> None:
    content = candles.to_parquet(None)
    assert len(read_file_content(content, "file", Reading("table"))) == 1
    with pytest.raises(UserError, match="not the shape kraken; set `ingest.shape` to auto"):
        read_file_content(content, "file", Reading("kraken"))


def test_another_time_format_than_told_is_refused() -> None:
    with pytest.raises(UserError, match=r"'02.01.2020 00:00' at line 2 is not a time of the form %Y"):
        read_file_content(TABLE.encode(), "file", mapped(time_format="%Y-%m-%d"))


@pytest.mark.parametrize("first", ["1e0,2e0,0.5,1,1e-05,3", "1,2,0.5,1,7,3"])
def test_the_first_row_without_a_header_is_read(first: str) -> None:
    [(frame, part)] = read_file_content(
        f"# kraken\n\n1577836800,{first}\n1577840400,1,2,0.5,1,7,3\n".encode(), "f", AUTO
    )
    assert part.shape == "kraken"
    assert frame["line"].tolist() == [3, 4]
    assert frame["volume"].tolist() == [float(first.split(",")[4]), 7.0]


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        ("1577836800,nan,nan,nan,nan,0,0", "f: open is not a number in 1 rows .first: line 1, 'nan'"),
        ("1577836800,,,,,,", "f: open is not a number in 1 rows .first: line 1, ''"),
        ("1577836800,1,2,0.5", "f line 1 has too few cells .'1577836800,1,2,0.5'. and no header follows"),
        ("from Kraken", "f line 1 has too few cells .'from Kraken'."),
    ],
)
def test_a_damaged_first_row_without_a_header_is_refused(first: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_file_content(f"{first}\n1577840400,1,2,0.5,1,7,3\n".encode(), "f", AUTO)


def test_positions_take_the_first_row_of_written_numbers_too() -> None:
    mapping = ColumnMapping(timestamp=0, open=1, high=2, low=3, close=4, volume=5, time_format="%d.%m.%Y %H:%M")
    content = "".join(line + "\n" for line in TABLE.splitlines()[1:] * 2).encode()
    [(frame, _)] = read_file_content(content, "file", Reading(columns=mapping, zone=UTC))
    assert frame["line"].tolist() == [1, 2]


def test_investing_daily_tables_in_japanese_and_english_are_the_same() -> None:
    japanese = (
        '\ufeff日付け,終値,始値,高値,安値,出来高,前日比%\n2020年8月25日,"1,100","1,000","1,200","900",2.99K,-0.01%\n'
    )
    english = 'Date,Price,Open,High,Low,Vol.,Change %\n08/25/2020,"1,100","1,000","1,200","900",2.99K,-0.01%\n'
    [(first, part)] = read_file_content(japanese.encode(), "file", Reading(zone=UTC))
    [(second, _)] = read_file_content(english.encode(), "file", Reading(zone=UTC))
    assert part.shape == "investing"
    assert_frame_equal(first, second)
    assert first[list(CANDLE_COLUMNS[1:])].to_numpy().tolist() == [[1000.0, 1200.0, 900.0, 1100.0, 2990.0]]


@pytest.mark.parametrize(("written", "volume"), [("2", 2.0), ("8.05K", 8050.0), ("1.5M", 1.5e6), ("2B", 2e9)])
def test_thousands_millions_and_billions(written: str, volume: float) -> None:
    table = f"Date,Price,Open,High,Low,Vol.,Change %\n08/25/2020,1,1,1,1,{written},0%\n"
    [(frame, _)] = read_file_content(table.encode(), "file", Reading(zone=UTC))
    assert frame["volume"].tolist() == [volume]


def test_a_column_that_is_there_twice_is_not_guessed() -> None:
    table = "timestamp,open,high,low,close,close,volume\n2020-01-01T00:00:00Z,1,1,1,1,2,1\n"
    with pytest.raises(UserError, match="no known shape"):
        read_file_content(table.encode(), "file", Reading())


def test_a_named_shape_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="not the shape kraken"):
        read_file_content(TABLE.encode(), "file", Reading("kraken"))
