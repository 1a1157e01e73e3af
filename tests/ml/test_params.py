from pathlib import Path

import pytest

from src.core.errors import UserError
from src.ml.base.registry import read_member_settings
from src.ml.params import EnsembleParams, read_ensemble


def test_weights_no_vote_can_have_are_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        EnsembleParams(weights={"a": -1.0, "b": 2.0}, threshold=0.5)
    with pytest.raises(ValueError, match="less than or equal to 1000000"):
        EnsembleParams(weights={"a": 1e301, "b": 2.0}, threshold=0.5)
    with pytest.raises(ValueError, match="at least one weight must be above 0"):
        EnsembleParams(weights={"a": 0.0}, threshold=0.5)
    with pytest.raises(ValueError, match="the weight of b is less than 1e-09 of the sum: set it to 0"):
        EnsembleParams(weights={"a": 1.0, "b": 1e-320}, threshold=0.5)


@pytest.mark.parametrize("text", ["", "members: {b: {inputs: raw}}\n", "members: {a: 5}\n", "members: 5\n"])
def test_a_member_without_a_block_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=r"params.yaml: the section `members.a` is missing; add it"):
        read_member_settings(tmp_path, "a")


@pytest.mark.parametrize("weights", ["{a: 1.0}", "{a: 0.5, b: 0.25, c: 0.25}", "{a: 0.5, d: 0.5}"])
def test_every_member_has_one_weight(tmp_path: Path, weights: str) -> None:
    ensemble = f"ensemble: {{weights: {weights}, threshold: 0.5}}\n"
    (tmp_path / "params.yaml").write_text(ensemble + "members: {a: {}, b: {}}\n")
    with pytest.raises(
        UserError, match=r"`ensemble.weights` names a.*, but the members are a, b; give each member one"
    ):
        read_ensemble(tmp_path)
    (tmp_path / "params.yaml").write_text(ensemble)
    with pytest.raises(UserError, match="but the members are none"):
        read_ensemble(tmp_path)


def test_a_member_may_have_no_say(tmp_path: Path) -> None:
    text = "ensemble: {weights: {a: 1.0, b: 0.0}, threshold: 0.5}\nmembers: {b: {}, a: {}}\n"
    (tmp_path / "params.yaml").write_text(text)
    assert read_ensemble(tmp_path).weights == {"a": 1.0, "b": 0.0}
