"""The exchange's time between its answers."""

from src.live.running.clock import ExchangeClock, Stopwatch

NOW = 1_700_000_000.0


class Hand(Stopwatch):
    """A stopwatch turned by hand."""

    time = 50.0

    def seconds(self) -> float:
        return self.time


def clock() -> tuple[Hand, ExchangeClock]:
    hand = Hand()
    found = ExchangeClock(hand)
    assert not found.told(NOW)
    assert found.now() is None
    hand.time += 1
    assert found.told(NOW + 1)
    return hand, found


def test_it_goes_on_by_the_stopwatch() -> None:
    hand, found = clock()
    hand.time += 100
    assert found.now() == NOW + 101
    assert found.told(NOW + 100.5)
    assert found.now() == NOW + 100.5


def test_one_wrong_answer_does_not_move_it_and_two_that_agree_do() -> None:
    hand, found = clock()
    hand.time += 9
    assert not found.told(NOW + 9_000)
    assert found.now() == NOW + 10
    assert found.told(NOW + 10)
    assert not found.told(NOW + 9_000)
    hand.time += 5
    assert found.told(NOW + 9_005)
    assert found.now() == NOW + 9_005


def test_a_replay_s_stopwatch_runs_faster() -> None:
    slow, fast = Stopwatch(), Stopwatch(1000.0)
    before = slow.seconds(), fast.seconds()
    fast.wait(20.0)
    passed = slow.seconds() - before[0], fast.seconds() - before[1]
    # A stopwatch at speed 1 would have waited for 20 seconds.
    assert 0.02 <= passed[0] < 15
    assert 20.0 <= passed[1] < 15_000
