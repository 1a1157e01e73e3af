from pathlib import Path

import pytest

from src.core.shown import shown_path, shown_url


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (Path("data/売買 1.csv"), "data/売買 1.csv"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\nerror: b", "a\\nerror: b"),
        ("csv.\u202eexe", "csv.\\u202eexe"),
        ("a\udcff", "a\\udcff"),
        ("a\x85\u2028\x00", "a\\x85\\u2028\\x00"),
    ],
)
def test_nothing_that_cannot_be_seen_is_printed(path: Path | str, shown: str) -> None:
    assert shown_path(path) == shown


@pytest.mark.parametrize("scheme", ["https", "ftp", "gs", "s3", "ssh", "smb"])
@pytest.mark.parametrize("secret", ["key:SECRET", "SECRET", ":SECRET", "me:SEC/RET", "me:SEC?RET", "me:SEC#RET@SECRET"])
def test_no_password(scheme: str, secret: str) -> None:
    assert shown_url(f"{scheme}://{secret}@host:8080/a/b.csv") == f"{scheme}://…@host:8080/a/b.csv"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a?X-Amz-Signature=SECRET&x=\n1", "https://host/a?…"),
        ("https://host/a#token=SECRET", "https://host/a#…"),
        ("me:SECRET@host/a", "me:…@host/a"),
        ("https://[SECRET@", "https://…@"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("gs://bucket/a@b", "gs://bucket/a@b"),
        ("/srv/a@b?#c", "/srv/a@b?#c"),
        ("gs://bucket/\x1b[2J", "gs://bucket/\\x1b[2J"),
    ],
)
def test_what_is_hidden_and_what_stays(url: str, shown: str) -> None:
    assert shown_url(url) == shown
