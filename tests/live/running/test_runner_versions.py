"""Which versions run: by stages.yaml and proven bundles; what is refused leaves what ran."""

import shutil
import threading
import time

import pytest

from src.core.paths import SIGNAL_GRAPH
from src.live.running.following import following
from src.live.running.versions import CHECKOUT, Change, Versions
from src.rollout.branch import OWN, STAGES_FILE, make_commit
from tests.live.runner_tree import ONE, THREE, TWO, Tree
from tests.live.service.process import until
from tests.releases import git
from tests.rollout.machines import TESTER, let_run


def started(bot: Tree, held: dict[str, str] | None = None) -> Versions:
    versions = Versions(bot.root, bot.settings, held)
    versions.refresh()
    return versions


def told(versions: Versions) -> list[tuple[str, str | None, float]]:
    return [(one.version, one.step, one.share) for one in versions.running]


def test_with_nothing_released_the_checkout_s_own_graph_runs(bot: Tree) -> None:
    git(bot.root, "checkout", "-q", "main")
    versions = started(bot)
    assert told(versions) == [(CHECKOUT, None, 1.0)]
    assert versions.running[0].graph_md5 == versions.running[0].loaded.metadata["graphs"][0]["md5"]


def test_a_look_at_nothing_new_finds_nothing(bot: Tree) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    before = versions.running
    assert not versions.refresh()
    assert versions.running is before


def test_the_steps_versions_and_the_ones_they_would_go_back_to_run(bot: Tree) -> None:
    bot.promote(live=TWO, paper=THREE, before={"live": [ONE]})
    assert told(started(bot)) == [(THREE, "paper", 0.0), (TWO, "live", 1.0), (ONE, None, 0.0)]


def test_a_promotion_is_followed_without_a_restart(bot: Tree) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    loaded = versions.running[0].loaded
    bot.promote(live=ONE, stage_10=TWO)
    change = versions.refresh()
    assert told(versions) == [(TWO, "stage-10", 0.1), (ONE, "live", 0.9)]
    assert [one.version for one in change.begun] == [TWO, ONE]
    assert versions.running[1].loaded is loaded
    bot.promote(live=ONE)
    change = versions.refresh()
    assert [one.version for one in change.ended] == [TWO]
    assert told(versions) == [(ONE, "live", 1.0)]
    bot.promote(live=TWO)
    versions.refresh()
    assert told(versions) == [(TWO, "live", 1.0)]


def test_an_altered_bundle_is_refused_once_and_the_old_version_keeps_running(bot: Tree) -> None:
    bot.without_objects()
    bot.promote(live=ONE)
    versions = started(bot)
    graph = bot.bundles / TWO / SIGNAL_GRAPH.name
    content = graph.read_bytes()
    graph.write_bytes(content[:-1] + b"x")
    bot.promote(live=TWO)
    change = versions.refresh()
    assert list(change.refused) == [TWO]
    assert "was altered since it was fetched" in change.refused[TWO]
    assert "and it could not be fetched" in change.refused[TWO]
    assert told(versions) == [(ONE, "live", 1.0)]
    (bot.bundles / "other").mkdir()
    assert versions.refresh() == Change()
    graph.write_bytes(content)
    assert [one.version for one in versions.refresh().begun] == [TWO]
    assert told(versions) == [(TWO, "live", 1.0)]


def test_a_running_version_whose_files_are_altered_keeps_running_from_memory(bot: Tree) -> None:
    bot.without_objects()
    bot.promote(live=ONE)
    versions = started(bot)
    (bot.bundles / ONE / SIGNAL_GRAPH.name).write_bytes(b"x")
    assert list(versions.refresh().refused) == [ONE]
    assert told(versions) == [(ONE, "live", 1.0)]


@pytest.mark.parametrize("how", ["altered", "deleted", "never fetched"])
def test_what_is_damaged_or_missing_is_fetched_again(bot: Tree, how: str) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    if how == "altered":
        (bot.bundles / ONE / SIGNAL_GRAPH.name).write_bytes(b"x")
    elif how == "deleted":
        (bot.bundles / ONE / SIGNAL_GRAPH.name).unlink()
    else:
        shutil.rmtree(bot.bundles / TWO)
        bot.promote(live=TWO)
    change = versions.refresh()
    version = TWO if how == "never fetched" else ONE
    assert ("was altered" if how == "altered" else "is missing") in change.fetched[version]
    assert not change.refused
    assert told(versions) == [(version, "live", 1.0)]
    assert versions.running[0].loaded.proof == "proven"
    assert versions.refresh() == Change()


def test_a_damaged_bundle_is_never_fetched_from_a_tag_that_moved(bot: Tree) -> None:
    bot.promote(live=ONE)
    bot.set(git={"remote": str(bot.root)})
    versions = started(bot)
    git(bot.root, "tag", "-f", "-a", f"production-ensemble@{ONE}", "-m", "x", "HEAD")
    (bot.bundles / ONE / SIGNAL_GRAPH.name).unlink()
    assert "must never move" in versions.refresh().refused[ONE]
    assert told(versions) == [(ONE, "live", 1.0)]


def test_a_missing_bundle_is_loaded_when_it_comes(bot: Tree) -> None:
    config = (bot.root / ".dvc/config.local").read_bytes()
    bot.without_objects()
    shutil.rmtree(bot.bundles / TWO)
    bot.promote(live=ONE, paper=TWO)
    versions = Versions(bot.root, bot.settings)
    assert list(versions.refresh().refused) == [TWO]
    assert told(versions) == [(ONE, "live", 1.0)]
    # The bucket is there again: the next attempt needs no change of any file that is looked at.
    (bot.root / ".dvc/config.local").write_bytes(config)
    assert versions.refresh() == Change()
    versions._next_fetch = 0.0
    assert TWO in versions.refresh().fetched
    assert told(versions) == [(TWO, "paper", 0.0), (ONE, "live", 1.0)]


def test_after_a_restart_the_journal_s_version_goes_on_where_the_new_one_is_refused(bot: Tree) -> None:
    bot.without_objects()
    shutil.rmtree(bot.bundles / TWO)
    bot.promote(live=TWO, before={"live": []})
    assert told(started(bot, {"live": ONE})) == [(ONE, "live", 1.0)]
    assert told(started(bot)) == []


def test_a_promotion_elsewhere_is_followed_and_a_silent_remote_is_told_once(bot: Tree, tmp_path) -> None:
    server = tmp_path / "server"
    git(bot.root, "clone", "-q", str(bot.root), str(server))
    bot.set(git={"remote": str(server)})
    versions = started(bot)
    let_run(server, {"live": ONE})
    # Not before its time.
    assert versions.refresh() == Change()
    versions._next_fetch = 0.0
    assert [one.version for one in versions.refresh().begun] == [ONE]
    server.rename(tmp_path / "gone")
    for expected in (["rollout"], []):
        versions._next_fetch = 0.0
        assert list(versions.refresh().refused) == expected
    assert told(versions) == [(ONE, "live", 1.0)]
    (tmp_path / "gone").rename(server)
    versions._next_fetch = 0.0
    assert versions.refresh() == Change()


def test_a_version_that_git_could_not_be_asked_about_is_proven_later(bot: Tree, tmp_path) -> None:
    server = tmp_path / "server.git"
    git(bot.root, "clone", "-q", "--bare", str(bot.root), str(tmp_path / "gone"))
    bot.set(git={"remote": str(server)})
    bot.promote(live=ONE)
    versions = started(bot)
    assert versions.running[0].loaded.proof == "unaltered since fetch"
    (tmp_path / "gone").rename(server)
    versions._next_fetch = 0.0
    assert [one.loaded.proof for one in versions.refresh().begun] == ["proven"]


def test_a_look_that_takes_long_holds_nothing_up(bot: Tree, monkeypatch) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    gate = threading.Event()
    look = versions.refresh
    monkeypatch.setattr(versions, "refresh", lambda: gate.wait(30) and look())
    with following(versions, 0.01) as line:
        bot.promote(live=ONE, paper=TWO)
        time.sleep(0.1)
        begun = time.perf_counter()
        assert line.refresh() == Change()
        assert time.perf_counter() - begun < 15.0, "it waited for the look"
        assert [one.version for one in line.running] == [ONE]
        gate.set()
        end = time.monotonic() + 30
        while not (change := line.refresh()) and time.monotonic() < end:
            assert [one.version for one in line.running] == [ONE]
            time.sleep(0.01)
        assert [one.version for one in change.begun] == [TWO]
        assert [one.version for one in line.running] == [TWO, ONE]


def test_a_look_that_fails_is_told_once(bot: Tree, monkeypatch) -> None:
    versions = started(bot)
    monkeypatch.setattr(versions, "refresh", lambda: 1 // 0)
    found: list[Change] = []
    with following(versions, 0.01) as line:
        until(lambda: found.append(line.refresh()) or found[-1])
        time.sleep(0.3)
        found.extend(line.refresh() for _ in range(9))
    found = [change for change in found if change]
    assert [change.refused for change in found] == [
        {"rollout": "looking for versions failed (ZeroDivisionError: integer division or modulo by zero)"}
    ]


def test_a_bundle_of_another_version_is_refused(bot: Tree) -> None:
    shutil.rmtree(bot.bundles / TWO)
    shutil.copytree(bot.bundles / ONE, bot.bundles / TWO)
    bot.promote(live=TWO)
    assert f"holds {ONE}, not {TWO}" in Versions(bot.root, bot.settings).refresh().refused[TWO]


@pytest.mark.parametrize("text", ["live: [", "live: {version: v1.0.0, before: []}", ""])
def test_a_damaged_stages_file_changes_nothing(bot: Tree, text: str) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    tip = git(bot.root, "rev-parse", OWN)
    damaged = make_commit(
        bot.root,
        tip,
        {STAGES_FILE: text.encode()},
        "Damage",
        TESTER.variables("AUTHOR") | TESTER.variables("COMMITTER"),
    )
    git(bot.root, "update-ref", OWN, damaged)
    assert list(versions.refresh().refused) == ["stages.yaml"]
    assert told(versions) == [(ONE, "live", 1.0)]


def test_a_moved_tag_is_refused(bot: Tree) -> None:
    git(bot.root, "tag", "-f", "-a", f"production-ensemble@{ONE}", "-m", "x", "HEAD")
    bot.set(git={"remote": str(bot.root)})
    bot.promote(live=ONE)
    assert "must never move" in Versions(bot.root, bot.settings).refresh().refused[ONE]
