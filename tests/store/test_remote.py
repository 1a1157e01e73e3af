"""Why the remote cannot be used is one sentence; what was pushed comes back, from a folder and from GCS."""

import pickle
import socket
from pathlib import Path

import numpy as np
import pytest

from src.core.errors import UserError
from src.core.paths import ENSEMBLE
from src.repository.git import outputs_at
from src.store import remote as module
from src.store.remote import check_remote, remote_settings, use_bucket, use_folder
from src.store.transfer import pull, push
from tests.releases import BUCKET, damage_cached_ensemble, dvc, git, release_command, use_emulator

pytestmark = pytest.mark.slow

ROWS = np.column_stack([np.linspace(1, 2, 7) * (column + 1) for column in range(12)])


def predictions(root: Path) -> np.ndarray:
    return pickle.loads((root / ENSEMBLE).read_bytes()).predict_proba(ROWS)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder with the committed settings of the remote."""
    (tmp_path / ".dvc").mkdir()
    committed = (Path(__file__).parents[2] / ".dvc/config").read_text()
    (tmp_path / ".dvc/config").write_text(committed)
    return tmp_path


@pytest.mark.drill
@pytest.mark.parametrize("kind", ["gcs", "folder"])
def test_three_older_commits_come_back_with_their_predictions(history, repository, emulator, tmp_path, kind) -> None:
    commits = git(repository, "log", "--format=%H", "-3").split()
    recorded = {}
    for commit in commits:
        git(repository, "checkout", "-q", commit)
        if kind == "gcs":
            use_emulator(repository, emulator)
        dvc(repository, "checkout")
        recorded[commit] = predictions(repository)
        assert "objects are the ones dvc.lock names" in push(repository)
    assert len({values.tobytes() for values in recorded.values()}) == 3
    clone = tmp_path / "fresh clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    (clone / ".dvc/config.local").write_text((repository / ".dvc/config.local").read_text())
    for commit in commits:
        git(clone, "checkout", "-q", commit)
        assert "files are the ones dvc.lock names" in pull(clone)
        np.testing.assert_array_equal(predictions(clone), recorded[commit])


@pytest.mark.parametrize("name", ["%(x)s", "'''\"\"\"", "a\nb"])
def test_a_name_that_dvc_reads_otherwise_is_refused(config, monkeypatch, name) -> None:
    odd = config.parent / name
    with pytest.raises(UserError, match=r"DIR holds `%\(`, both kinds .* which .dvc/config.local cannot hold; choose"):
        use_folder(config, odd)
    assert not odd.exists()
    odd.mkdir()
    monkeypatch.chdir(odd)
    with pytest.raises(UserError, match=r"DIR holds `%\("):
        use_folder(config, Path("remote"))
    with pytest.raises(UserError, match=r"URL holds `%\("):
        use_bucket(config, f"gs://bucket/{name}")
    assert not (config / ".dvc/config.local").exists()


def test_any_other_name_is_read_as_it_was_given(config) -> None:
    name = "50 % $x, #1; 'a' \"b\" [売買] = %%"
    use_folder(config, config.parent / name)
    assert remote_settings(config)["url"] == str(config.parent / name)


def test_config_of_the_remote_stays_out_of_git(repository) -> None:
    assert git(repository, "status", "--porcelain") == ""
    assert str(repository.parent / "remote") in (repository / ".dvc/config.local").read_text()
    assert "verify = true" in (repository / ".dvc/config.local").read_text()


def test_without_a_bucket_pull_is_one_sentence_at_once(tree) -> None:
    result = release_command(tree, "pull")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "error: no bucket is set up (gs://your-bucket-name/btc-ensemble is a placeholder), so there is no "
        "remote; run `make remote-bucket URL=gs://<bucket>/<folder>`, or `make remote-local DIR=<folder>`."
    ]


def test_a_missing_credential_file_is_named(config, monkeypatch) -> None:
    dvc_config = config / ".dvc/config.local"
    dvc_config.write_text("['remote \"gcs\"']\n    url = gs://some-bucket/x\n    credentialpath = /nowhere/key.json\n")
    with pytest.raises(UserError, match="key.json does not exist; correct remote.gcs.credentialpath"):
        check_remote(config)
    dvc_config.write_text("['remote \"gcs\"']\n    url = gs://some-bucket/x\n")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json")
    with pytest.raises(UserError, match=r"adc.json does not exist; correct the variable GOOGLE_APPLICATION_CRED"):
        check_remote(config)


def test_no_credentials_at_all(config, monkeypatch, tmp_path) -> None:
    (config / ".dvc/config.local").write_text("['remote \"gcs\"']\n    url = gs://some-bucket/x\n")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("CLOUDSDK_CONFIG", raising=False)
    with pytest.raises(UserError, match="no Google credentials found; run `gcloud auth application-default login`"):
        check_remote(config)


def test_an_unreachable_host(config) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        use_emulator(config, address)
        with pytest.raises(UserError, match=r"127\.0\.0\.1:\d+ cannot be reached .*; check the network"):
            check_remote(config)


def test_a_missing_bucket(tree, emulator) -> None:
    use_emulator(tree, emulator, bucket="another-bucket")
    with pytest.raises(UserError, match="there is no bucket 'another-bucket'; make it, or take another"):
        check_remote(tree)
    use_emulator(tree, emulator)
    assert check_remote(tree) == f"gs://{BUCKET}/btc"


def test_a_vanished_folder(config, tmp_path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name} remote"
    use_folder(config, folder)
    assert check_remote(config) == str(folder)
    folder.rmdir()
    with pytest.raises(UserError, match=r"does not exist; run `make remote-local DIR=<folder>`"):
        check_remote(config)


def test_a_folder_with_japanese_letters(config, tmp_path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name} バケツ"
    use_folder(config, folder)
    assert check_remote(config) == str(folder)
    assert dvc(config, "remote", "list").stdout.split()[1:] == [*str(folder).split(), "(default)"]


def test_another_bucket_keeps_the_credentials_and_a_folder_says_what_it_drops(config, tmp_path) -> None:
    local = config / ".dvc/config.local"
    local.write_text(
        "[core]\n    autostage = true\n['remote \"gcs\"']\n    credentialpath = /key.json\n    url = gs://old/x\n"
    )
    assert use_bucket(config, "gs://new/x") == "the remote `gcs` is gs://new/x here; .dvc/config.local says so"
    settings = remote_settings(config)
    assert (settings["url"], settings["credentialpath"], settings["verify"]) == ("gs://new/x", "/key.json", True)
    assert use_folder(config, tmp_path.parent / f"{tmp_path.name} a").endswith(
        "says so, without credentialpath, which a folder has no use for"
    )
    assert "credentialpath" not in remote_settings(config)
    assert "autostage = true" in local.read_text()


def test_a_broken_local_config_is_left_as_it_is(config) -> None:
    (config / ".dvc/config.local").write_text("[core\n")
    with pytest.raises(UserError, match=r"^\.dvc/config\.local is broken \(.*\); correct it or remove it\.$"):
        use_bucket(config, "gs://new/x")
    assert (config / ".dvc/config.local").read_text() == "[core\n"


def test_a_folder_that_cannot_stand_in(config) -> None:
    with pytest.raises(UserError, match="lies inside the repository; choose a folder outside it"):
        use_folder(config, config / "remote")
    with pytest.raises(UserError, match="cannot be made"):
        use_folder(config, Path("/dev/null/remote"))
    assert not (config / ".dvc/config.local").exists()


def test_altered_bytes_in_the_remote_never_arrive(pushed, tmp_path) -> None:
    output = outputs_at(pushed, "HEAD")[ENSEMBLE]
    remote = tmp_path / "remote/files/md5" / output.md5[:2] / output.md5[2:]
    content = remote.read_bytes()
    remote.chmod(0o644)
    remote.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(pushed), str(clone))
    (clone / ".dvc/config.local").write_text((pushed / ".dvc/config.local").read_text())
    with pytest.raises(UserError, match="production_ensemble.pkl .* is missing.*after the pull"):
        pull(clone)
    assert not (clone / ENSEMBLE).exists()


def test_a_damaged_cache_object_is_never_pushed(repository, tmp_path) -> None:
    damage_cached_ensemble(repository)
    with pytest.raises(UserError, match=r"cache: .*production_ensemble.pkl .* was altered.*so nothing was pushed"):
        push(repository)
    assert not list((tmp_path / "remote").rglob("*.pkl")) and not (tmp_path / "remote/files").exists()


@pytest.mark.parametrize(
    "url",
    ["gs://", "gs:///folder", "s3://bucket/folder", "bucket", "gs://a:b@c/d", "gs://bucket/a?x=1", "gs://bucket:1"],
)
def test_an_address_that_is_no_bucket_is_refused(config, url) -> None:
    with pytest.raises(UserError, match="is no address of a bucket; write it as gs://<bucket>/<folder>"):
        use_bucket(config, url)
    assert not (config / ".dvc/config.local").exists()


def test_behind_a_proxy_the_host_itself_is_not_asked(config, monkeypatch) -> None:
    monkeypatch.setattr(module, "_check_bucket", lambda *_: None)
    use_emulator(config, "http://127.0.0.1:9")
    with pytest.raises(UserError, match="127.0.0.1:9 cannot be reached"):
        check_remote(config)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert check_remote(config) == f"gs://{BUCKET}/btc"


@pytest.mark.parametrize("url", ["gs://key:SECRET@bucket/x", "s3://key:SECRET@bucket/x", "https://host/x?token=SECRET"])
def test_no_secret_of_an_address_stands_in_a_sentence(config, url) -> None:
    with pytest.raises(UserError, match=r"….* is no address of a bucket") as raised:
        use_bucket(config, url)
    assert "SECRET" not in str(raised.value)
    (config / ".dvc/config.local").write_text(f"['remote \"gcs\"']\n    url = {url}\n")
    try:
        said = check_remote(config)
    except UserError as error:
        said = str(error)
    assert "SECRET" not in said


def test_a_broken_line_that_may_hold_a_password_is_not_shown(config) -> None:
    (config / ".dvc/config.local").write_text("[core]\npassword SECRET\n")
    for command in (lambda: remote_settings(config), lambda: use_bucket(config, "gs://new/x")):
        with pytest.raises(UserError, match=r"is broken \(line 2\); correct it"):
            command()


def test_a_reference_that_leads_nowhere_in_the_config_is_told(config) -> None:
    (config / ".dvc/config.local").write_text("['remote \"gcs\"']\n    url = /x/%(y)s\n")
    with pytest.raises(UserError, match="is broken"):
        remote_settings(config)


@pytest.mark.parametrize("name", ["a%(x)s", "a\nurl = b", "a\x1b[31m"])
def test_a_name_that_the_config_cannot_hold_is_refused(config, name) -> None:
    with pytest.raises(UserError, match="cannot be seen, which .dvc/config.local cannot hold"):
        use_folder(config, config.parent / name)
    with pytest.raises(UserError, match="cannot be seen, which .dvc/config.local cannot hold"):
        use_bucket(config, f"gs://bucket/{name}")
    assert not (config / ".dvc/config.local").exists()


def test_committed_settings_that_only_a_bucket_can_have_are_named(config, tmp_path) -> None:
    committed = config / ".dvc/config"
    committed.write_text(committed.read_text() + "    projectname = x\n")
    with pytest.raises(UserError, match=r"sets projectname of the remote `gcs`.*move that to \.dvc/config\.local"):
        use_folder(config, tmp_path.parent / f"{tmp_path.name} a")
    assert not (config / ".dvc/config.local").exists()


def test_plain_dvc_pulls_from_and_pushes_to_the_folder_in_a_fresh_clone(pushed, tmp_path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(pushed), str(clone))
    assert release_command(clone, "remote-local", str(tmp_path / "remote")).returncode == 0
    assert "files fetched" in dvc(clone, "pull").stdout
    assert (clone / ENSEMBLE).read_bytes() == (pushed / ENSEMBLE).read_bytes()
    assert "Everything is up to date" in dvc(clone, "push").stdout
