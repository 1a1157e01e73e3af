import traceback
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.notices.address import Address, address
from tests.notices.webhook_server import SECRET

URL = f"https://discord.com/api/webhooks/1300000000000000000/{SECRET}"


def found(variables: dict[str, str], root: Path = Path(), file: str | None = None) -> Address | None:
    return address(root, "notices.discord_url_file", file, "DISCORD_WEBHOOK_URL", variables)


def test_it_comes_from_the_environment_or_a_file_that_wins(tmp_path: Path) -> None:
    assert found({}) is None
    assert found({"DISCORD_WEBHOOK_URL": ""}) is None
    given = found({"DISCORD_WEBHOOK_URL": f" {URL}\n"})
    assert given
    assert given.reveal() == URL
    (tmp_path / "url").write_text("http://127.0.0.1:8000/x\n")
    given = found({"DISCORD_WEBHOOK_URL": URL}, tmp_path, "url")
    assert given
    assert given.reveal() == "http://127.0.0.1:8000/x"


def test_it_is_never_printed() -> None:
    given = Address(URL)
    assert repr(given) == str(given) == "URL"
    assert given.hide(f"failed: {URL}; at /api/webhooks/1300000000000000000/{SECRET}?wait=true, {SECRET}!") == (
        "failed: …; at …?wait=true, …!"
    )


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"http://discord.com/{SECRET}", "a URL that is not https"),
        (f"ftp://{SECRET}", "a URL that is not https"),
        (SECRET, "no URL of a webhook"),
        (f"https://user:{SECRET}@discord.com/", "no URL of a webhook"),
        (f"https://discord.com/#{SECRET}", "no URL of a webhook"),
        (f"https://[{SECRET}", "no URL"),
        (f"https://discord.com:{SECRET}/", "no URL"),
        (f"https://discord.com/{SECRET} x", "no URL"),
        (f"https://discord.com/{SECRET}\x00", "no URL"),
        (f"https://discord.com/{SECRET * 100}", "no URL"),
    ],
)
def test_what_is_no_address_is_one_sentence_without_it(url: str, fault: str) -> None:
    with pytest.raises(UserError) as refused:
        found({"DISCORD_WEBHOOK_URL": url})
    assert str(refused.value).startswith(f"the variable DISCORD_WEBHOOK_URL holds {fault};")
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the file `notices.discord_url_file` \(url\) cannot be read"):
        found({}, tmp_path, "url")
    (tmp_path / "url").write_bytes(b"\xff" + SECRET.encode())
    with pytest.raises(UserError, match="holds letters that no URL has") as refused:
        found({}, tmp_path, "url")
    assert SECRET not in "".join(traceback.format_exception(refused.value))
