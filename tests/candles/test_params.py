from pathlib import Path

import pytest

from src.candles.params import IngestParams, Policies
from src.core.errors import UserError
from src.core.params import read_section
from tests.conftest import ROOT

BASE = "ingest: {source: csv, path: x.csv, timeframe: 1h"


def params(root: Path, more: str) -> IngestParams:
    (root / "params.yaml").write_text(f"{BASE}{more}}}\n", encoding="utf-8")
    return read_section(root, "ingest", IngestParams)


def test_the_keys_of_params_yaml_are_optional_and_stand_there_with_their_defaults(tmp_path: Path) -> None:
    written = read_section(ROOT, "ingest", IngestParams)
    plain = params(tmp_path, "")
    assert written.policies == plain.policies == Policies()
    assert written.exchange == plain.exchange
    assert written.source == "snapshot"


COLUMNS = "{timestamp: 0, open: 1, high: 2, low: 3, close: 4, volume: 5"


@pytest.mark.parametrize("source", ["snapshot", "exchange, days: 3"])
@pytest.mark.parametrize(
    "key_and_value",
    [
        f"files: [{{path: a.csv, sha256: {'a' * 64}}}]",
        "shape: kraken",
        f"columns: {COLUMNS}}}",
        "timezone: UTC",
    ],
)
def test_what_only_source_csv_reads_is_refused_with_another(tmp_path: Path, source: str, key_and_value: str) -> None:
    (tmp_path / "params.yaml").write_text(f"ingest: {{source: {source}, path: x, timeframe: 1h, {key_and_value}}}\n")
    key = key_and_value.split(":", 1)[0]
    with pytest.raises(UserError, match=f"`ingest.{key}`: has no effect with source {source.split(',', 1)[0]}"):
        read_section(tmp_path, "ingest", IngestParams)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            f", shape: kraken, columns: {COLUMNS}}}",
            "`ingest.columns`: are not read where `ingest.shape` is kraken",
        ),
        (
            f", timezone: Asia/Tokyo, columns: {COLUMNS}, time_format: '%Y-%m-%dT%H:%M:%SZ'}}",
            "`ingest.timezone`: must be UTC, as the Z at the end of `ingest.columns.time_format` says",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, more: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        params(tmp_path, more)


def test_a_z_in_the_format_is_utc(tmp_path: Path) -> None:
    utc = params(tmp_path, f", timezone: UTC, columns: {COLUMNS}, time_format: '%Y-%m-%dT%H:%M:%SZ'}}")
    assert utc.timezone == "UTC"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (", shape: excel", "`ingest.shape`"),
        (", timezone: JST9", "`ingest.timezone`: must be a time zone such as UTC or Asia/Tokyo"),
        (", timezone: localtime", "`ingest.timezone`: must be a time zone such as UTC or Asia/Tokyo"),
        (", timezone: Factory", "`ingest.timezone`: must be a time zone such as UTC or Asia/Tokyo"),
        (", policies: {stale: ignore}", "`ingest.policies.stale`"),
        (", policies: {gap_share: 2}", "`ingest.policies.gap_share`"),
        (", policies: {longest_gap: long}", "`ingest.policies.longest_gap`: must be a timeframe"),
        (", policies: {gapshare: 0.1}", "`ingest.policies.gapshare`"),
        (", files: [{path: a.csv}]", "`ingest.files.0.sha256`"),
        (", files: [{path: a.csv, sha256: abc}]", "`ingest.files.0.sha256`"),
        (", columns: {timestamp: 0}", "`ingest.columns.open`"),
        (", end: 2020-01-01T00:00:00", "`ingest.end`: 2020-01-01T00:00:00 is a date to YAML; put it in quotes"),
        (", end: '2020-01-01T00:00:00'", "`ingest.end`: must name its time zone"),
        (", end: 'yesterday'", "`ingest.end`: must be a time such as"),
        (", policies: {longest_gap: 0h}", "`ingest.policies.longest_gap`: must be a timeframe"),
        (", end: '0001-01-01T00:00:00+09:00'", "`ingest.end`: must lie between 1970 and 2200"),
        (", end: '9999-12-31T23:00:00-09:00'", "`ingest.end`: must lie between 1970 and 2200"),
        (", end: '1970-01-01T00:00:00+09:00'", "`ingest.end`: must lie between 1970 and 2200"),
        (", days: 999999999", "`ingest.days`: Input should be less than or equal to 36500"),
        (
            f", columns: {COLUMNS}, time_format: '%Q'}}",
            r"`ingest.columns.time_format`: must be a time .*'Q' is a bad",
        ),
        (f", columns: {COLUMNS}, time_format: '%'}}", r"`ingest.columns.time_format`: must be a time .*stray %"),
        (
            f", columns: {COLUMNS}, time_format: '%Y %Y'}}",
            r"`ingest.columns.time_format`: must be a time format",
        ),
        (f", columns: {COLUMNS}, time_format: mixed}}", "`ingest.columns.time_format`: must be a time format"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, more: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        params(tmp_path, more)


@pytest.mark.parametrize("length", ["99999999999999999999d", "\uff19h", "\u00b2h", "36501d", "0h", "1.5h", "h"])
def test_a_duration_is_a_plain_number_and_a_unit(tmp_path: Path, length: str) -> None:
    with pytest.raises(
        UserError, match="`ingest.policies.longest_gap`: must be a timeframe such as 15m, 1h or 1d, and"
    ):
        params(tmp_path, f", policies: {{longest_gap: {length}}}")
    (tmp_path / "params.yaml").write_text(f"ingest: {{source: csv, path: x, timeframe: {length}}}\n", encoding="utf-8")
    with pytest.raises(UserError, match="`ingest.timeframe`: must be a timeframe such as 15m"):
        read_section(tmp_path, "ingest", IngestParams)


def test_there_is_no_random_source(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("ingest: {source: random, path: x, timeframe: 1h}\n")
    with pytest.raises(UserError, match=r"`ingest.source`.*'snapshot', 'csv' or 'exchange'"):
        read_section(tmp_path, "ingest", IngestParams)


def test_an_exchange_needs_the_length_of_its_period(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("ingest: {source: exchange, path: x, timeframe: 1h}\n")
    with pytest.raises(UserError, match="needs `ingest.days`"):
        read_section(tmp_path, "ingest", IngestParams)
