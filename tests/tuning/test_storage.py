import subprocess
import sys
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.tuning.storage import KernelLock, journal_path, open_storage
from src.tuning.study import TuningStudy
from tests.conftest import ROOT
from tests.tuning.conftest import CURRENT


def test_a_line_that_a_kill_cut_off_is_left_out(tmp_path: Path, rows) -> None:
    TuningStudy(open_storage(tmp_path, "small", None), "small").start(CURRENT, rows, {}, [])
    path = journal_path(tmp_path, "small")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"op_code":5,"wor')
    again = TuningStudy(open_storage(tmp_path, "small", None), "small")
    assert path.read_bytes().startswith(whole)
    again.optuna.set_user_attr("after", 1)
    last = TuningStudy(open_storage(tmp_path, "small", None), "small")
    assert last.current == CURRENT
    assert last.optuna.user_attrs["after"] == 1


def test_a_killed_process_gives_its_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "study.journal"
    program = (
        "import sys, time; from pathlib import Path; from src.tuning.storage import KernelLock;"
        "lock = KernelLock(Path(sys.argv[1])); lock.acquire(); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    waiting = subprocess.Popen(
        [sys.executable, "-c", program.replace("time.sleep(600)", "0"), str(path)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=2)
    holder.kill()
    assert waiting.communicate(timeout=60)[0] == "held\n"
    holder.communicate(timeout=60)
    lock = KernelLock(path)
    assert lock.acquire()
    lock.release()


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "a b"])
def test_a_name_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot name a study; take letters, digits"):
        journal_path(tmp_path, name)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////no/such/folder/x.db", "moss://host/db"])
def test_a_database_that_does_not_answer_is_one_sentence(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(UserError, match=r"the storage of the study cannot be opened \([^\n]+\); correct STORAGE"):
        open_storage(tmp_path, "small", url)
