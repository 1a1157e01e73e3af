import pytest

from src.evaluation.params import EvaluationParams


def test_an_order_costs_fee_and_slippage() -> None:
    assert EvaluationParams(fee=0.25, slippage=0.125, trials=1).cost == 0.375


def test_an_order_cannot_lose_more_than_its_value() -> None:
    with pytest.raises(ValueError, match="`fee` and `slippage` together must be below 1"):
        EvaluationParams(fee=0.5, slippage=0.5, trials=1)
