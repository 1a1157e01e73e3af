from pathlib import Path

from src.artifacts.lock import Output
from src.core.files import md5_of, write_bytes
from src.proof.compare import compare_outputs, lock_differences, table


def output(root: Path, name: str, content: bytes, promised: bytes | None = None) -> Output:
    write_bytes(root / name, promised or content)
    found = Output(Path(name), "stage", md5_of(root / name), len(content))
    write_bytes(root / name, content)
    return found


def test_rows_say_same_differs_not_made_and_unknown(tmp_path: Path) -> None:
    same, other = output(tmp_path, "a", b"1"), output(tmp_path, "b", b"new", promised=b"old")
    gone, extra = output(tmp_path, "c", b"1"), output(tmp_path, "d", b"1")
    (tmp_path / "c").unlink()
    promised = {found.path: found for found in (same, other, gone)}
    rows = compare_outputs(tmp_path, promised, {found.path: found for found in (same, other, extra)})
    assert [(str(row.path), row.verdict) for row in rows] == [
        ("a", "same"),
        ("b", "DIFFERS"),
        ("c", "NOT MADE"),
        ("d", "NOT IN dvc.lock"),
    ]
    lines = table(rows).splitlines()
    assert lines[0].split() == ["output", "expected", "got", "verdict"]
    assert lines[2].split() == ["b", other.md5, md5_of(tmp_path / "b"), "DIFFERS"]


def stage(md5: str = "1" * 32, **extra: object) -> dict[str, object]:
    return {"cmd": "run", "deps": [{"path": "src/x.py", "md5": md5}], "params": {"p": 1}} | extra


def test_a_lock_that_belongs_to_other_code_is_told_from_one_that_does_not() -> None:
    assert lock_differences({"a": stage()}, {"a": stage()}) == []
    (sentence,) = lock_differences({"a": stage("2" * 32)}, {"a": stage()})
    assert sentence == f"a: dvc.lock has src/x.py as {'2' * 32}, this revision has {'1' * 32}"
    assert lock_differences({"a": stage(cmd="other")}, {"a": stage()}) == [
        "a: dvc.lock has another command than dvc.yaml"
    ]
    assert lock_differences({"a": stage(params={"p": 2})}, {"a": stage()}) == [
        "a: dvc.lock has other parameters than params.yaml"
    ]
    assert lock_differences({"a": stage()}, {"b": stage()}) == [
        "stage a is in dvc.lock only",
        "stage b is not in dvc.lock",
    ]
    assert lock_differences({"a": stage(deps=[])}, {"a": stage()}) == [
        f"a: dvc.lock has src/x.py as not recorded, this revision has {'1' * 32}"
    ]
