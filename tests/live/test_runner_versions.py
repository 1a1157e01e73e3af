"""Which versions run: by stages.yaml and proven bundles; what is refused leaves what ran."""

import shutil

import pytest

from src.core.paths import SIGNAL_GRAPH
from src.live.versions import CHECKOUT, Change, Versions
from tests.live.runner_tree import ONE, THREE, TWO, Tree
from tests.releases import git


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
    bot.promote(live=ONE)
    versions = started(bot)
    graph = bot.bundles / TWO / SIGNAL_GRAPH.name
    content = graph.read_bytes()
    graph.write_bytes(content[:-1] + b"x")
    bot.promote(live=TWO)
    change = versions.refresh()
    assert list(change.refused) == [TWO]
    assert "was altered since it was fetched" in change.refused[TWO]
    assert told(versions) == [(ONE, "live", 1.0)]
    (bot.bundles / "other").mkdir()
    assert versions.refresh() == Change()
    graph.write_bytes(content)
    assert [one.version for one in versions.refresh().begun] == [TWO]
    assert told(versions) == [(TWO, "live", 1.0)]


def test_a_running_version_whose_files_are_altered_keeps_running_from_memory(bot: Tree) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    (bot.bundles / ONE / SIGNAL_GRAPH.name).write_bytes(b"x")
    assert list(versions.refresh().refused) == [ONE]
    assert told(versions) == [(ONE, "live", 1.0)]


def test_a_missing_bundle_is_loaded_when_it_comes(bot: Tree) -> None:
    shutil.rmtree(bot.bundles / TWO)
    bot.promote(live=ONE, paper=TWO)
    versions = Versions(bot.root, bot.settings)
    assert list(versions.refresh().refused) == [TWO]
    assert told(versions) == [(ONE, "live", 1.0)]
    bot.fetch(TWO)
    versions.refresh()
    assert told(versions) == [(TWO, "paper", 0.0), (ONE, "live", 1.0)]


def test_after_a_restart_the_journal_s_version_goes_on_where_the_new_one_is_refused(bot: Tree) -> None:
    shutil.rmtree(bot.bundles / TWO)
    bot.promote(live=TWO, before={"live": []})
    assert told(started(bot, {"live": ONE})) == [(ONE, "live", 1.0)]
    assert told(started(bot)) == []


def test_a_bundle_of_another_version_is_refused(bot: Tree) -> None:
    shutil.rmtree(bot.bundles / TWO)
    shutil.copytree(bot.bundles / ONE, bot.bundles / TWO)
    bot.promote(live=TWO)
    assert f"holds {ONE}, not {TWO}" in Versions(bot.root, bot.settings).refresh().refused[TWO]


@pytest.mark.parametrize("text", ["live: [", "live: {version: v1.0.0, before: []}", ""])
def test_a_damaged_stages_file_changes_nothing(bot: Tree, text: str) -> None:
    bot.promote(live=ONE)
    versions = started(bot)
    (bot.root / "models/production/stages.yaml").write_text(text)
    assert list(versions.refresh().refused) == ["stages.yaml"]
    assert told(versions) == [(ONE, "live", 1.0)]


def test_a_moved_tag_is_refused(bot: Tree) -> None:
    git(bot.root, "tag", "-f", "-a", f"production-ensemble@{ONE}", "-m", "x", "HEAD")
    bot.set(git={"remote": str(bot.root)})
    bot.promote(live=ONE)
    assert "must never move" in Versions(bot.root, bot.settings).refresh().refused[ONE]
