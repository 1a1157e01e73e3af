import sys

from src.repository.programs import capture, module


def test_the_stages_python_is_this_one(tmp_path) -> None:
    code, output = capture(tmp_path, "python", "-c", "import sys; print(sys.prefix)")
    assert (code, output) == (0, sys.prefix)


def test_a_failure_keeps_code_and_text(tmp_path) -> None:
    code, output = capture(tmp_path, *module("json.tool", "absent.json"))
    assert code != 0
    assert "absent.json" in output
