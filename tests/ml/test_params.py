from pathlib import Path

import pytest

from src.errors import UserError
from src.ml.params import EnsembleParams, EvaluationParams, read_member_settings


def test_an_order_costs_fee_and_slippage() -> None:
    assert EvaluationParams(fee=0.25, slippage=0.125, trials=1).cost == 0.375


def test_weights_no_vote_can_have_are_refused() -> None:
    with pytest.raises(ValueError, match="the weight of a must be a finite number"):
        EnsembleParams(weights={"a": -1.0, "b": 2.0}, threshold=0.5)


@pytest.mark.parametrize("text", ["", "members: {b: {inputs: raw}}\n", "members: {a: 5}\n", "members: 5\n"])
def test_a_member_without_a_block_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=r"params.yaml: the section `members.a` is missing; add it"):
        read_member_settings(tmp_path, "a")
