from pathlib import Path

import pytest

from src.core.errors import UserError
from src.tuning.search import search
from src.tuning.trial_log import LOG, record
from tests.conftest import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / LOG).parent.mkdir()
    (tmp_path / LOG).write_bytes((ROOT / LOG).read_bytes())
    return tmp_path


def test_every_finished_trial_becomes_one_line_and_the_others_keep_every_byte(root: Path, started, rows) -> None:
    before = (root / LOG).read_text(encoding="utf-8")
    search(started, rows, 2, lambda: True)
    lines = record(root, started)
    assert record(root, started) == lines
    after = (root / LOG).read_text(encoding="utf-8")
    assert after.startswith(before)
    first, second = after.removeprefix(before).splitlines()
    assert lines == len(after.splitlines()) - 1
    assert first == f"{lines - 1},vote,as it is,,,,small 0,{started.finished()[0].value:+.4f}"
    assert "lightgbm.n_estimators 40; " in second


def test_a_trial_that_was_given_up_says_so(root: Path, started, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    from src.tuning import search as module

    bad = iter(range(100))
    monkeypatch.setattr(module, "fold_skills", lambda *_: iter([0.5 - next(bad), 0.5, 0.5]))
    search(started, rows, 6, lambda: True)
    record(root, started)
    last = (root / LOG).read_text(encoding="utf-8").splitlines()[-1]
    assert "; given up after fold 1" in last
    assert last.endswith(",small 5,-4.5000")


def test_a_log_of_other_columns_is_refused(root: Path, started) -> None:
    (root / LOG).write_text("trial,member\n1,moss\n")
    with pytest.raises(UserError, match="must have the columns trial, member, change"):
        record(root, started)
    (root / LOG).unlink()
    with pytest.raises(UserError, match="cannot be read"):
        record(root, started)
