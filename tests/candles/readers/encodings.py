"""The same hourly candles written in every shape the project reads."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable

import pandas as pd

from src.candles.contract import micros
from src.snapshot.build import csv_text

Encoding = Callable[[pd.DataFrame], bytes]


def csv_of(candles: pd.DataFrame) -> bytes:
    return csv_text(candles).encode()


def _epoch(candles: pd.DataFrame, unit: int) -> list[int]:
    return [int(time) * unit // 1_000_000 for time in micros(candles["timestamp"])]


def _with_epoch(unit: int) -> Encoding:
    return lambda candles: candles.assign(timestamp=_epoch(candles, unit)).to_csv(index=False).encode()


def _rows(candles: pd.DataFrame, unit: int, *more: object) -> list[list[object]]:
    values = candles[["open", "high", "low", "close", "volume"]].to_numpy().tolist()
    return [[time, *row, *more] for time, row in zip(_epoch(candles, unit), values, strict=True)]


def _lines(rows: list[list[object]], header: str = "") -> bytes:
    text = "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)
    return (f"{header}\n{text}" if header else text).encode()


def _binance(unit: int, header: str = "") -> Encoding:
    more = (0, "1.5", 7, "0.5", "0.25", 0)
    return lambda candles: _lines(_rows(candles, unit, *more), header)


def _cdd_old(candles: pd.DataFrame) -> bytes:
    newest_first = candles.iloc[::-1]
    rows = [
        [row.timestamp.strftime("%Y-%m-%d %I-%p"), "BTCUSD", row.open, row.high, row.low, row.close, row.volume, 1.5]
        for row in newest_first.itertuples()
    ]
    banner = "Timestamps are UTC timezone,https://www.CryptoDataDownload.com\n"
    return banner.encode() + _lines(rows, "date,symbol,open,high,low,close,volume_btc,volume")


def _cdd_new(candles: pd.DataFrame) -> bytes:
    rows = [
        [row[0], "2020-01-01 00:00:00", "BTC/USDT", *row[1:6], 940604773.7, 252233]
        for row in _rows(candles.iloc[::-1], 1000)
    ]
    header = "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount"
    return b"https://www.CryptoDataDownload.com\n" + _lines(rows, header)


def _yfinance(candles: pd.DataFrame) -> bytes:
    rows = [
        [str(row.timestamp), row.open, row.high, row.low, row.close, row.close, row.volume]
        for row in candles.itertuples()
    ]
    return _lines(rows, "Datetime,Open,High,Low,Close,Adj Close,Volume")


def _yfinance_tickers(candles: pd.DataFrame) -> bytes:
    rows = [[str(row.timestamp), row.close, row.high, row.low, row.open, row.volume] for row in candles.itertuples()]
    heads = "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDatetime,,,,,"
    return _lines(rows, heads)


def _parquet(candles: pd.DataFrame) -> bytes:
    return candles.to_parquet(None)


def _parquet_index(candles: pd.DataFrame) -> bytes:
    named = candles.rename(columns=str.title).rename(columns={"Timestamp": "Datetime"})
    return named.set_index("Datetime").to_parquet(None)


def _feather(candles: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    candles.rename(columns={"timestamp": "date"}).astype({"date": "datetime64[ms, UTC]"}).to_feather(stream)
    return stream.getvalue()


def _gmo(candles: pd.DataFrame) -> bytes:
    keys = ("openTime", "open", "high", "low", "close", "volume")
    data = [dict(zip(keys, map(str, row), strict=True)) for row in _rows(candles, 1000)]
    return json.dumps({"status": 0, "data": data, "responsetime": "2024-08-05T21:00:05.101Z"}).encode()


def _bitbank(candles: pd.DataFrame) -> bytes:
    rows = [[*map(str, row[1:]), row[0]] for row in _rows(candles, 1000)]
    return json.dumps({"success": 1, "data": {"candlestick": [{"type": "1hour", "ohlcv": rows}]}}).encode()


def kraken_answer(candles: pd.DataFrame) -> dict[str, object]:
    """As Kraken's REST answers: times in s, vwap before volume, and at the end a candle that is not closed yet."""
    rows = [[*row[:5], "99.5", row[5], 17] for row in _rows(candles, 1)]
    last = max(_epoch(candles, 1))
    return {"error": [], "result": {"XXBTZUSD": [*rows, [last + 3600, "7", "7", "7", "7", "7", "7", 1]], "last": last}}


def _ordered(*prices: str) -> Encoding:
    def write(candles: pd.DataFrame) -> bytes:
        rows = candles[[*prices, "volume"]].to_numpy().tolist()
        return json.dumps([[t, *row] for t, row in zip(_epoch(candles, 1), rows, strict=True)][::-1]).encode()

    return write


def metatrader(candles: pd.DataFrame, volume: str = "<VOL>") -> bytes:
    """As MetaTrader 5 exports bars: date and time of the broker's clock, ticks and real volume."""
    frame = pd.DataFrame(
        {"<DATE>": candles["timestamp"].dt.strftime("%Y.%m.%d"), "<TIME>": candles["timestamp"].dt.strftime("%H:%M:%S")}
        | {f"<{name.upper()}>": candles[name] for name in ("open", "high", "low", "close")}
        | {"<TICKVOL>": 0, "<VOL>": 0, "<SPREAD>": 5}
    )
    return frame.assign(**{volume: candles["volume"]}).to_csv(index=False, sep="\t").encode()


def gzipped(encoding: Encoding) -> Encoding:
    return lambda candles: gzip.compress(encoding(candles))


def zipped(encoding: Encoding) -> Encoding:
    def pack(candles: pd.DataFrame) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("inside.csv", encoding(candles))
        return stream.getvalue()

    return pack


ENCODINGS: dict[str, tuple[str, Encoding]] = {
    "contract": ("contract", csv_of),
    "with BOM": ("contract", lambda candles: b"\xef\xbb\xbf" + csv_of(candles)),
    "UTF-16": ("contract", lambda candles: csv_text(candles).encode("utf-16")),
    "CRLF": ("contract", lambda candles: csv_of(candles).replace(b"\n", b"\r\n")),
    "semicolons": ("contract", lambda candles: csv_of(candles).replace(b",", b";")),
    "tabs": ("contract", lambda candles: csv_of(candles).replace(b",", b"\t")),
    "blank lines": ("contract", lambda candles: csv_of(candles).replace(b"\n", b"\n\n")),
    "quoted": ("contract", lambda candles: candles.to_csv(index=False, quoting=1).encode()),
    "columns the other way round": ("contract", lambda candles: candles.iloc[:, ::-1].to_csv(index=False).encode()),
    "capitals and more columns": (
        "contract",
        lambda candles: candles.rename(columns=str.upper).assign(note="x").to_csv(index=False).encode(),
    ),
    "times with offset": (
        "contract",
        lambda candles: (
            candles.assign(timestamp=candles["timestamp"].dt.tz_convert("Asia/Tokyo")).to_csv(index=False).encode()
        ),
    ),
    "epoch s": ("contract", _with_epoch(1)),
    "epoch ms": ("contract", _with_epoch(1_000)),
    "epoch µs": ("contract", _with_epoch(1_000_000)),
    "epoch ns": ("contract", _with_epoch(1_000_000_000)),
    "gzip": ("contract", gzipped(csv_of)),
    "zip": ("contract", zipped(csv_of)),
    "cryptodatadownload, old": ("cryptodatadownload", _cdd_old),
    "cryptodatadownload, new": ("cryptodatadownload", _cdd_new),
    "binance ms": ("binance", _binance(1_000)),
    "binance µs, zip": ("binance", zipped(_binance(1_000_000))),
    "binance with header": (
        "binance",
        _binance(1_000, "open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,ignore"),
    ),
    "binance JSON": ("binance", lambda candles: json.dumps(_rows(candles, 1000, 0, "1", 7, "0", "0", "0")).encode()),
    "kraken": ("kraken", lambda candles: _lines(_rows(candles, 1, 17))),
    "kraken JSON": ("kraken", lambda candles: json.dumps(kraken_answer(candles)).encode()),
    "yfinance": ("yfinance", _yfinance),
    "yfinance with tickers": ("yfinance", _yfinance_tickers),
    "gmo": ("gmo", _gmo),
    "gmo by day": ("gmo", lambda candles: b'{"20200101": ' + _gmo(candles) + b"}"),
    "bitbank": ("bitbank", _bitbank),
    "coinbase": ("coinbase", _ordered("low", "high", "open", "close")),
    "bitfinex": ("bitfinex", _ordered("open", "close", "high", "low")),
    "ccxt": ("ccxt", lambda candles: json.dumps(_rows(candles, 1000)).encode()),
    "parquet": ("table", _parquet),
    "parquet with times in the index": ("table", _parquet_index),
    "freqtrade feather": ("table", _feather),
}
