from src.tuning.null_importances import droppable, null_importances


def test_what_decides_stands_out_and_noise_does_not(problem) -> None:
    found = null_importances(*problem, "relative", shuffles=10)
    assert found["zscore"]["gain"] > 5 * found["zscore"]["null"]
    offered = droppable(found, kept=set())
    assert "zscore" not in offered
    # Ten inputs of noise; by chance some gain more than on a few shuffled targets.
    assert len(offered) >= 6
    assert droppable(found, kept=set(offered)) == []
    assert null_importances(*problem, "relative", shuffles=10) == found
