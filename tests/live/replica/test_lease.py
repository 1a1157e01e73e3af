"""One holder at a time, whatever fails between two processes and the bucket."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.errors import UserError
from src.live.replica.lease import KEY, Lease, Lost
from src.live.replica.objects import Conflict, Found, Objects
from tests.live.replica.bucket_server import BUCKET, BucketServer

SECONDS = 60.0


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def objects(bucket: BucketServer, tmp_path: Path) -> Objects:
    bucket.settle(tmp_path)
    return Objects(tmp_path, f"gs://{BUCKET}/live")


def test_the_second_waits_until_the_first_is_silent_for_the_whole_time(objects, clock) -> None:
    first, second = (Lease(objects, name, SECONDS, clock) for name in ("a", "b"))
    assert first.take() and not second.take()
    assert second.other == "a"
    for clock.time in (20.0, 40.0):
        first.renew()
        assert not second.take()
    first.check()
    # Seen at 40: free at 100, and the first has stopped by then, at 80.
    clock.time = 79.9
    first.check()
    assert not second.take()
    clock.time = 80.0
    with pytest.raises(UserError, match="could not be renewed in time; nothing is written until it is"):
        first.check()
    clock.time = 99.9
    assert not second.take()
    clock.time = 100.0
    assert second.take()
    second.check()
    with pytest.raises(Lost, match="another process took over the journal"):
        first.renew()
    with pytest.raises(Lost):
        first.check()


def test_given_back_it_is_free_at_once(objects, clock) -> None:
    first, second = (Lease(objects, name, SECONDS, clock) for name in ("a", "b"))
    assert first.take() and not second.take()
    first.give_back()
    assert second.take()
    with pytest.raises(UserError):
        first.check()
    second.check()
    # What is not held is not given back.
    first.give_back()
    second.renew()


def test_a_renewal_late_but_before_anybody_took_it_holds_on(objects, clock) -> None:
    lease = Lease(objects, "a", SECONDS, clock)
    assert lease.take()
    clock.time = 50.0
    with pytest.raises(UserError):
        lease.check()
    lease.renew()
    lease.check()


@pytest.mark.parametrize("lost", [1, 3])
def test_a_renewal_whose_answer_got_lost_loses_nothing(objects, clock, bucket, lost) -> None:
    lease = Lease(objects, "a", SECONDS, clock)
    assert lease.take()
    bucket.deaf = lost
    with suppress(UserError):
        lease.renew()
    lease.renew()
    lease.check()


def test_an_unreachable_bucket_is_a_sentence_and_no_lease(objects, clock, bucket) -> None:
    lease = Lease(objects, "a", SECONDS, clock)
    assert lease.take()
    bucket.down = True
    with pytest.raises(UserError, match="bucket 'journals' refuses these credentials; they need the role Storage Obj"):
        lease.renew()
    lease.check()
    clock.time = 41.0
    with pytest.raises(UserError, match="could not be renewed"):
        lease.check()


def test_a_damaged_lease_is_taken_when_nobody_renews_it(objects, clock, bucket) -> None:
    bucket.objects[f"live/{KEY}"] = (b"\xff{", 5)
    lease = Lease(objects, "a", SECONDS, clock)
    assert not lease.take() and lease.other == "an unknown process"
    clock.time = SECONDS
    assert lease.take()


class Memory:
    """A bucket in memory, where a request may be lost before it is done, or its answer after."""

    def __init__(self) -> None:
        self.found: Found | None = None
        self.count = 0
        self.fault = ""

    def read(self, _key: str) -> Found | None:
        if self.fault:
            raise UserError("no answer")
        return self.found

    def write(self, _key: str, content: bytes, over: str | None) -> str:
        if self.fault == "before":
            raise UserError("no answer")
        if over != (self.found.version if self.found else None):
            raise Conflict
        self.count += 1
        self.found = Found(content, str(self.count))
        if self.fault == "after":
            raise UserError("no answer")
        return self.found.version


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["go on", "go on", "give back"]),
            st.sampled_from(["", "", "", "before", "after"]),
            st.floats(0.0, 70.0),
        ),
        min_size=10,
        max_size=60,
    )
)
def test_never_two_may_write(turns) -> None:
    clock, memory = Clock(), Memory()
    leases = [Lease(memory, name, SECONDS, clock) for name in "abc"]  # type: ignore[arg-type]
    taken: set[int] = set()
    for who, what, memory.fault, passes in turns:
        try:
            if what == "give back":
                taken.discard(who)
                leases[who].give_back()
            elif who in taken:
                leases[who].renew()
            elif leases[who].take():
                taken.add(who)
        except Lost:
            taken.discard(who)
            leases[who] = Lease(memory, f"{who}{clock.time}", SECONDS, clock)  # type: ignore[arg-type]
        except UserError:
            pass
        # Within these seconds as well as after them: whoever stops does so by itself.
        assert sum(map(_may_write, leases)) <= 1
        clock.time += passes
        assert sum(map(_may_write, leases)) <= 1


def _may_write(lease: Lease) -> bool:
    try:
        lease.check()
    except UserError:
        return False
    return True
