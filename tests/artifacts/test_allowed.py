"""The allow-list is exactly what the members need, and every way around it is refused unrun."""

import pickle
import pickletools
import sys
from pathlib import Path

import pytest

from src.artifacts.allowed import allowed_names, is_allowed
from src.artifacts.load import ArtifactError, load_model
from src.artifacts.pickles import model_bytes
from src.core.paths import ENSEMBLE
from src.ml.ensemble import ProductionEnsemble
from tests.artifacts.conftest import PATH, lock
from tests.conftest import ROOT, run
from tests.ml.members.catboost_by_hand import by_hand


def names_in(content: bytes) -> set[tuple[str, str]]:
    """Every module and name that a pickle without memo asks for."""
    names, strings = set(), []
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in {"SHORT_BINUNICODE", "BINUNICODE"}:
            strings.append(argument)
        elif opcode.name == "STACK_GLOBAL":
            names.add((strings[-2], strings[-1]))
    return names


def test_the_list_is_what_the_models_name_and_nothing_more(short_pipeline: Path, trained) -> None:
    paths = [*(short_pipeline / "models/training").glob("*.pkl"), short_pipeline / ENSEMBLE]
    assert len(paths) == 4
    # Only members of the set `wide` are pairs of heads.
    pair = {("src.ml.base.two_headed", "TwoHeadedMember")}
    offered = [model_bytes(member) for member in (trained["extra_trees"], trained["mlp"], by_hand())]
    contents = [path.read_bytes() for path in paths] + offered
    assert set().union(*(names_in(content) for content in contents)) == allowed_names() - pair


TOUCH = "touch '{}'"
WAYS = {
    "GLOBAL opcode": b"cos\nsystem\n(V{}\ntR.",
    "INST opcode": b"(V{}\nios\nsystem\n.",
    "OBJ opcode": b"(cos\nsystem\nV{}\no.",
    "eval": b"cbuiltins\neval\n(V__import__('os').system({!r})\ntR.",
    "getattr": b"cbuiltins\ngetattr\n(cos\nVsystem\ntR(V{}\ntR.",
    "a module of ours": b"csrc.management.commands\nrun\n(V/\nVsh\nV-c\nV{}\ntR.",
    "importlib": b"cimportlib\nimport_module\n(Vos\ntR.",
    "copyreg extension": b"\x82\x01.",
    "persistent id": b"Pos.system\n.",
}


@pytest.mark.parametrize("start", [b"", b"\x80\x05"])
@pytest.mark.parametrize("way", WAYS)
def test_no_opcode_leads_to_a_name_outside_the_list(root, way, start) -> None:
    trace = root / "trace"
    command = TOUCH.format(trace)
    text = WAYS[way].replace(b"{!r}", repr(command).encode()).replace(b"{}", command.encode())
    (root / PATH).write_bytes(start + text)
    lock(root)
    with pytest.raises(ArtifactError, match="nothing was run" if start else "is not a readable pickle"):
        load_model(root, PATH, ProductionEnsemble)
    assert not trace.exists()


def test_protocol_4_dotted_names_do_not_walk_out_of_an_allowed_class(root) -> None:
    path = "ProductionEnsemble.__init__.__globals__"
    content = (
        pickle.PROTO
        + b"\x04"
        + b"".join(pickle.SHORT_BINUNICODE + bytes([len(text)]) + text.encode() for text in ("src.ml.ensemble", path))
    )
    (root / PATH).write_bytes(content + pickle.STACK_GLOBAL + pickle.STOP)
    lock(root)
    with pytest.raises(ArtifactError, match=r"names src\.ml\.ensemble\.ProductionEnsemble\.__init__"):
        load_model(root, PATH, ProductionEnsemble)


def test_the_list_is_collected_without_a_training_library() -> None:
    code = "import sys; from src.artifacts.allowed import allowed_names as a; print(len(a()), *sys.modules)"
    known, *loaded = run(ROOT, sys.executable, "-c", code).stdout.split()
    assert int(known) == len(allowed_names())
    assert not {"lightgbm", "xgboost", "sklearn"} & set(loaded)


@pytest.mark.parametrize("name", [("os", "system"), ("numpy", "load"), ("src.ml.ensemble", "weighted_mean"), ("", "")])
def test_other_names_are_refused(name) -> None:
    assert not is_allowed(*name)
