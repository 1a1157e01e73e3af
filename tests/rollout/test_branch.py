"""The branch `rollout`: commits without a working tree, races, a silent server, kills between commit and push."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from src.core.errors import UserError
from src.core.paths import PRODUCTION
from src.repository.server import Unreachable
from src.rollout import commits
from src.rollout.branch import FAILED_FILE, HEADS_FILE, Identity, fetch, make_commit, push, read_tip, remote_address
from src.rollout.commits import Change, Done, commit, committed_deployments
from src.rollout.failed import failed_at
from src.rollout.rollback import rollback
from tests.conftest import environment
from tests.releases import git
from tests.rollout.machines import ONE, THREE, TWO, Machines, log, make_machines, put, running

BOT = Identity("rollout judge", "judge@example.org")


@pytest.fixture
def machines(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    return make_machines(tmp_path)


def test_before_the_first_promotion_nothing_runs(machines: Machines) -> None:
    assert running(machines.first) == [None] * 4
    with pytest.raises(UserError, match="live runs nothing and ran nothing before; there is no way back"):
        rollback(machines.first, "live", "?")
    assert git(machines.first, "branch", "--list", "rollout") == ""


def test_the_first_promotion_makes_a_branch_of_one_file_and_touches_nothing_else(machines: Machines) -> None:
    root = machines.first
    (root / "staged.txt").write_text("x")
    git(root, "add", "staged.txt")
    (root / ".git/index.lock").touch()
    head = git(root, "rev-parse", "HEAD")
    done = put(root, ONE, "paper")
    assert done.commit == git(machines.server, "rev-parse", "rollout") == git(root, "rev-parse", "rollout")
    assert git(root, "ls-tree", "-r", "--name-only", "--full-tree", "rollout") == str(PRODUCTION / "stages.yaml")
    assert log(root) == ["Promote v1.0.0 to paper"]
    (root / ".git/index.lock").unlink()
    assert (git(root, "rev-parse", "HEAD"), git(root, "status", "--porcelain")) == (head, "A  staged.txt")


def test_the_other_machine_sees_it_and_goes_on_from_there(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    assert running(machines.second)[0] is None
    put(machines.second, ONE, "stage-10")
    assert running(machines.second) == ["v1.0.0", "v1.0.0", None, None]
    fetch(machines.first, str(machines.server))
    assert running(machines.first) == running(machines.second)
    # A fresh clone that never asked knows what git brought.
    git(machines.server.parent, "clone", "-q", str(machines.server), "third")
    machines.hide()
    assert running(machines.server.parent / "third") == running(machines.second)


def test_a_rollback_needs_no_server_and_the_next_run_publishes_it(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    put(machines.first, TWO, "paper")
    machines.hide()
    done = rollback(machines.first, "paper", "it lost money", bad=TWO, identity=BOT)
    assert running(machines.first)[0] == "v1.0.0"
    assert "could not be asked" in str(done)
    assert "It is not published yet" in str(done)
    with pytest.raises(Unreachable):
        put(machines.first, THREE, "paper")
    assert running(machines.first)[0] == "v1.0.0"
    machines.show()
    again = rollback(machines.first, "paper", "it lost money", bad=TWO, identity=BOT)
    assert str(again) == "paper runs v1.0.0, not v1.1.0 any more; nothing was changed."
    assert git(machines.server, "rev-parse", "rollout") == done.commit
    assert log(machines.server, "%an <%ae> %cn") == [
        "rollout judge <judge@example.org> rollout judge",
        "tester <tester@example.org> tester",
        "tester <tester@example.org> tester",
    ]


def test_an_unpublished_rollback_is_carried_over_to_what_others_did(machines: Machines) -> None:
    for version in (ONE, TWO):
        put(machines.first, version, "paper")
    put(machines.first, TWO, "stage-10")
    machines.hide()
    rollback(machines.first, "paper", "it lost money", bad=TWO, failed=True, identity=BOT)
    machines.show()
    put(machines.second, TWO, "stage-50")
    git(machines.first, "fetch", "-q")
    # Read without any commit, it is seen as it will be.
    assert running(machines.first) == ["v1.0.0", "v1.1.0", "v1.1.0", None]
    assert str(rollback(machines.first, "paper", "again", bad=TWO)).startswith("paper runs v1.0.0, not v1.1.0")
    assert running(machines.first) == ["v1.0.0", "v1.1.0", "v1.1.0", None]
    assert log(machines.server)[:2] == ["Roll back paper to v1.0.0", "Promote v1.1.0 to stage-50"]
    assert log(machines.server, "%an")[0] == BOT.name
    assert set(failed_at(read_tip(machines.first, "origin"))) == {"v1.1.0"}


def test_a_step_that_others_changed_meanwhile_stays_theirs_and_the_failure_is_known_there(machines: Machines) -> None:
    for version in (ONE, TWO):
        put(machines.first, version, "paper")
    machines.hide()
    rollback(machines.first, "paper", "it lost money", bad=TWO, failed=True)
    machines.show()
    put(machines.second, THREE, "paper")
    rollback(machines.first, "paper", "again", bad=TWO)
    assert running(machines.first)[0] == "v1.2.0"
    # No step goes back to what failed.
    rollback(machines.second, "paper", "this one too")
    assert running(machines.second)[0] == "v1.0.0"
    assert committed_deployments(machines.second)["paper"].before == []


def test_a_push_that_loses_the_race_is_made_again_on_the_new_tip(machines: Machines, monkeypatch) -> None:
    put(machines.first, ONE, "paper")
    lost = []

    def late(root, address, new):
        if root == machines.first and not lost:
            lost.append(new)
            put(machines.second, ONE, "stage-10")
        return push(root, address, new)

    monkeypatch.setattr(commits, "push", late)
    assert put(machines.first, TWO, "paper").unpublished is None
    assert lost
    assert running(machines.first) == ["v1.1.0", "v1.0.0", None, None]
    assert git(machines.first, "rev-parse", "rollout") == git(machines.server, "rev-parse", "rollout")
    lost.clear()
    monkeypatch.setattr(commits, "push", lambda *given: late(*given) if given[0] == machines.second else push(*given))

    def later(root, address, new):
        if not lost:
            lost.append(new)
            put(machines.second, ONE, "stage-50")
        return push(root, address, new)

    monkeypatch.setattr(commits, "push", later)
    done = rollback(machines.first, "paper", "it lost money")
    assert running(machines.first) == ["v1.0.0", "v1.0.0", "v1.0.0", None]
    assert done.commit == git(machines.server, "rev-parse", "rollout")
    assert log(machines.server)[:2] == ["Roll back paper to v1.0.0", "Promote v1.0.0 to stage-50"]


def test_many_at_once_lose_nothing(machines: Machines) -> None:
    put(machines.first, ONE, "paper")

    def add(number: int) -> Done:
        root = machines.first if number % 2 else machines.second
        change = Change([f"Head {number}"], "kept", lines={HEADS_FILE: [f'{{"number": {number}}}']})
        told = []

        def decide(tip):
            known = tip.contents.get(HEADS_FILE, b"").decode()
            told.append(known)
            return Done("known") if f'"number": {number}}}' in known else change

        return commit(root, decide, offline=bool(number % 3))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(8)))
    put(machines.first, ONE, "stage-10")
    put(machines.second, ONE, "stage-50")
    kept = read_tip(machines.second, "origin").contents[HEADS_FILE].decode().splitlines()
    assert sorted(kept) == sorted(f'{{"number": {number}}}' for number in range(8))


def test_killed_between_commit_and_push(machines: Machines, monkeypatch) -> None:
    for version in (ONE, TWO):
        put(machines.first, version, "paper")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commits, "push", killed)
    with pytest.raises(KeyboardInterrupt):
        rollback(machines.first, "paper", "it lost money", bad=TWO)
    with pytest.raises(KeyboardInterrupt):
        put(machines.second, TWO, "stage-10")
    monkeypatch.undo()
    assert running(machines.second)[1] is None
    rollback(machines.first, "paper", "it lost money", bad=TWO)
    assert log(machines.server)[0] == "Roll back paper to v1.0.0"
    # Killed after the push of a promotion, before the own branch moved.
    git(machines.first, "update-ref", "refs/heads/rollout", "rollout~1")
    assert str(put(machines.first, ONE, "paper")) == "nothing was changed."
    assert len(log(machines.first)) == 3


def test_a_server_that_refuses_leaves_a_promotion_undone(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    hook = machines.server / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n")
    hook.chmod(stat.S_IRWXU)
    with pytest.raises(UserError, match="does not take the commit .*protected.*; nothing was changed"):
        put(machines.first, TWO, "paper")
    assert running(machines.first)[0] == "v1.0.0"
    put(machines.first, TWO, "paper", remote=None)
    done = rollback(machines.first, "paper", "it lost money")
    assert "protected" in str(done.unpublished)
    assert running(machines.first)[0] == "v1.0.0"


def test_a_rewritten_branch_is_not_followed(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    put(machines.first, TWO, "paper")
    git(machines.server, "update-ref", "refs/heads/rollout", "rollout~1")
    put(machines.second, THREE, "paper")
    with pytest.raises(UserError, match="was rewritten: it does not hold .* any more. It is the audit trail; ask who"):
        fetch(machines.first, str(machines.server))
    assert running(machines.first)[0] == "v1.1.0"


def test_a_step_with_nothing_before_can_be_emptied(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    with pytest.raises(UserError, match="paper runs v1.0.0 and ran nothing before; there is no way back"):
        rollback(machines.first, "paper", "?")
    assert "paper runs nothing" in str(rollback(machines.first, "paper", "broken", empty=True, failed=True))
    assert running(machines.first) == [None] * 4
    assert failed_at(read_tip(machines.first, None))["v1.0.0"].why == "broken"
    assert git(machines.first, "log", "-1", "--format=%b", "rollout").splitlines()[1:] == [
        "Step: paper ran v1.0.0, runs nothing",
        "Failed: v1.0.0",
        "Why: broken",
    ]


def test_a_folder_that_is_no_checkout_keeps_the_branch_in_a_repository_of_its_own(machines: Machines) -> None:
    for version in (ONE, TWO):
        put(machines.first, version, "paper")
    bare = machines.server.parent / "container"
    bare.mkdir()
    address = str(machines.server)
    fetch(bare, address)
    assert committed_deployments(bare, address)["paper"].version == "v1.1.0"
    done = rollback(bare, "paper", "it lost money", remote=address, identity=BOT)
    assert done.commit == git(machines.server, "rev-parse", "rollout")
    assert [path.name for path in bare.iterdir()] == [".live"]
    assert remote_address(bare, "origin") is None


def test_a_checked_out_branch_is_refused(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    git(machines.first, "checkout", "-q", "rollout")
    with pytest.raises(UserError, match="the branch rollout is checked out here; check out another"):
        put(machines.first, TWO, "paper", remote=None)


def test_a_lock_that_a_killed_git_left_is_named(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    (machines.first / ".git/refs/heads/rollout.lock").touch()
    with pytest.raises(UserError, match=r"rollout\.lock exists; if no git runs, remove that file and try again"):
        put(machines.first, TWO, "paper", remote=None)


def test_damaged_files_are_one_sentence(machines: Machines) -> None:
    put(machines.first, ONE, "paper")
    for path, content, told in (
        (FAILED_FILE, b"{}\n", "failed_versions.jsonl, line 1 is damaged"),
        (PRODUCTION / "stages.yaml", b"\xff[", "stages.yaml.*restore it with git"),
    ):
        damaged = make_commit(machines.first, git(machines.first, "rev-parse", "rollout"), {path: content}, "Damage")
        git(machines.first, "update-ref", "refs/heads/rollout", damaged)
        with pytest.raises(UserError, match=told):
            rollback(machines.first, "paper", "?", empty=True)
        git(machines.first, "update-ref", "refs/heads/rollout", f"{damaged}~1")
