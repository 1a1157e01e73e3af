"""Reading .live/drift.json: what `make drift` writes, and what no `make drift` writes."""

from pathlib import Path

import pytest

from src.core.errors import UserError
from src.live.drift_verdict import FILE, read_verdict
from tests.live.verdicts import write_verdict

UNTIL, LAST = "2019-12-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"


def test_what_it_says(tmp_path: Path) -> None:
    assert read_verdict(tmp_path) is None
    write_verdict(tmp_path, "v1.0.0", UNTIL, LAST)
    found = read_verdict(tmp_path)
    assert found is not None
    assert (found.version, found.drifted, found.losses_drifted) == ("v1.0.0", True, False)
    assert next((one.name, one.psi, one.psi_limit) for one in found.inputs.inputs) == ("returns", 0.5, 0.4)
    assert found.judged_until == 1_577_836_800
    write_verdict(tmp_path, "v1.0.0", UNTIL, LAST, outcomes={"alarm": 3})
    assert read_verdict(tmp_path).losses_drifted  # type: ignore[union-attr]
    write_verdict(tmp_path, "v1.0.0", UNTIL, LAST, outcomes=None)
    assert not read_verdict(tmp_path).losses_drifted  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"drifted": true}', b"[" * 100_000],
)
def test_a_damaged_one_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UserError, match=r"drift\.json cannot be read \(.*\); run `make drift` again"):
        read_verdict(tmp_path)


@pytest.mark.parametrize("moment", ["yesterday", "2020-01-01T00:00:00"])
def test_a_time_without_a_zone_is_damage(tmp_path: Path, moment: str) -> None:
    write_verdict(tmp_path, "v1.0.0", UNTIL, moment)
    with pytest.raises(UserError, match="cannot be read"):
        read_verdict(tmp_path)


def test_a_folder_in_its_place_is_damage(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be read"):
        read_verdict(tmp_path)
