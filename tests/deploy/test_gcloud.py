"""deploy/gcloud.sh: what it makes, that a second run makes nothing, and that gcloud knows every command."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "deploy/gcloud.sh"
GIVEN = {"PROJECT": "some-project", "REPOSITORY": "owner/name", "OBJECTS_BUCKET": "models"}
WEBHOOK = "https://discord.example/api/webhooks/1/SECRET"
# Words that change something.
CHANGES = {"create", "create-oidc", "deploy"}
SHARE = int(os.environ.get("GCLOUD_COMMANDS_EACH", "10"))


# In gcloud's place: keeps what it was told, and makes a file of what is created, which `describe` then finds.
STUB = r"""#!/bin/sh
{ for word; do printf '%s\037' "$word"; done; echo; } >> "$STUB_GCLOUD/calls"
kind=
for word; do
    case "$word" in
        describe | create | create-oidc | deploy | update-oidc | enable | add-iam-policy-binding) break ;;
    esac
    kind=$kind-$word
    shift
done
verb=$1 name=${2%%@*}
thing="$STUB_GCLOUD/there$kind-$(echo "$name" | tr / _)"
case "$verb$kind" in
    describe-projects) echo 1234567890; exit ;;
    # A service is made by its first deployment.
    deploy-run) thing="$STUB_GCLOUD/there-run-services-$name" ;;
esac
case "$verb$kind" in
    create-secrets) cat > "$STUB_GCLOUD/secret-$name" ;;
esac
case "$verb" in
    describe) [ -e "$thing" ] ;;
    create | create-oidc | deploy) [ ! -e "$thing" ] && : > "$thing" ;;
esac
"""


def setup(folder: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a gcloud that remembers."""
    program = folder / "bin/gcloud"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(STUB)
    program.chmod(0o755)
    variables: Mapping[str, str] = {**GIVEN, "DISCORD_WEBHOOK_URL": WEBHOOK, **given}
    path = {"PATH": f"{program.parent}:/usr/bin:/bin", "STUB_GCLOUD": str(folder)}
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *words],
        env={name: value for name, value in variables.items() if value} | path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def calls(folder: Path) -> list[list[str]]:
    return [line.split("\x1f")[:-1] for line in (folder / "calls").read_text().splitlines()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was set up; what was printed lies in `printed`. Read only."""
    folder = tmp_path_factory.mktemp("project")
    result = setup(folder)
    assert result.returncode == 0, result.stderr
    (folder / "printed").write_text(result.stdout + result.stderr)
    return folder


def test_a_second_run_makes_nothing(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    made = calls(tmp_path)
    assert len([words for words in made if CHANGES & set(words)]) == 11
    token = (tmp_path / "secret-serve-token").read_text()
    assert re.fullmatch(r"[\w-]{43}", token)
    assert (tmp_path / "secret-discord-webhook").read_text() == WEBHOOK
    again = setup(tmp_path)
    assert again.returncode == 0, again.stderr
    assert not [words for words in calls(tmp_path)[len(made) :] if CHANGES & set(words)]
    assert (tmp_path / "secret-serve-token").read_text() == token


def test_no_secret_stands_on_a_command_line_or_is_printed(project: Path) -> None:
    token = (project / "secret-serve-token").read_text()
    for text in ((project / "printed").read_text(), (project / "calls").read_text()):
        assert "SECRET" not in text and token not in text


def test_each_account_has_just_what_it_needs(project: Path) -> None:
    roles: dict[str, set[tuple[str, str]]] = {}
    for words in calls(project):
        if "add-iam-policy-binding" in words:
            on = words[words.index("add-iam-policy-binding") + 1]
            who = words[words.index("--member") + 1].removeprefix("serviceAccount:").split("@")[0]
            roles.setdefault(who, set()).add((on, words[words.index("--role") + 1]))
    pool = "principalSet://iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/github"
    run = "ensemble-run@some-project.iam.gserviceaccount.com"
    assert roles == {
        "ensemble-run": {
            ("gs://models", "roles/storage.objectViewer"),
            ("gs://some-project-journal", "roles/storage.objectUser"),
            ("serve-token", "roles/secretmanager.secretAccessor"),
            ("discord-webhook", "roles/secretmanager.secretAccessor"),
        },
        "ensemble-store": {("gs://models", "roles/storage.objectUser")},
        "ensemble-deploy": {
            ("ensemble", "roles/artifactregistry.writer"),
            ("btc-ensemble", "roles/run.developer"),
            (run, "roles/iam.serviceAccountUser"),
            ("serve-token", "roles/secretmanager.secretAccessor"),
        },
        "allUsers": {("btc-ensemble", "roles/run.invoker")},
        f"{pool}/attribute.repository/owner/name": {
            ("ensemble-store@some-project.iam.gserviceaccount.com", "roles/iam.workloadIdentityUser"),
            ("ensemble-deploy@some-project.iam.gserviceaccount.com", "roles/iam.workloadIdentityUser"),
        },
    }


def test_only_main_and_release_tags_of_the_repository_get_in(project: Path) -> None:
    (provider,) = [words for words in calls(project) if "create-oidc" in words]
    assert provider[provider.index("--attribute-condition") + 1] == (
        "assertion.repository == 'owner/name' && (assertion.ref == 'refs/heads/main' || "
        "assertion.ref.startsWith('refs/tags/production-ensemble@'))"
    )


def test_a_dry_run_asks_nobody_and_says_what_the_first_run_does(project: Path, tmp_path: Path) -> None:
    result = setup(tmp_path, "--dry-run")
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "calls").exists()
    told = [line for line in result.stdout.splitlines() if line.startswith("+ ")]
    done = [line for line in (project / "printed").read_text().splitlines() if line.startswith("+ ")]
    assert [line.replace("PROJECT-NUMBER", "1234567890") for line in told] == done


def test_a_failure_ends_it(tmp_path: Path) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "gcloud").write_text("#!/bin/sh\necho 'PERMISSION_DENIED' >&2; exit 1\n")
    (broken / "gcloud").chmod(0o755)
    environment = {**GIVEN, "PATH": f"{broken}:/usr/bin:/bin"}
    result = subprocess.run(["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0 and "PERMISSION_DENIED" in result.stderr


@pytest.mark.parametrize(
    ("words", "given", "sentence"),
    [
        ((), {"PROJECT": ""}, "say which, as in PROJECT=my-project"),
        ((), {"REPOSITORY": "https://github.com/owner/name"}, "write it as owner/name"),
        ((), {"REPOSITORY": "name"}, "write it as owner/name"),
        ((), {"REPOSITORY": "owner/na'me"}, "write it as owner/name"),
        ((), {"JOURNAL_BUCKET": "models"}, "JOURNAL_BUCKET is the bucket of the models"),
        (("--dryrun",), {}, "'--dryrun' is no option; the only one is --dry-run"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(tmp_path: Path, words, given, sentence) -> None:
    result = setup(tmp_path, *words, **given)
    assert result.returncode != 0 and sentence in result.stderr
    assert not (tmp_path / "calls").exists()


@pytest.mark.drill
def test_gcloud_knows_every_command_and_option(project: Path, tmp_path: Path) -> None:
    """Real gcloud reads each command and has no account; a word that it does not know ends it with 2.

    Every tenth command; GCLOUD_COMMANDS_EACH=1 for all.
    """
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        pytest.skip("gcloud is not installed, and no registry that CI reaches has it.")
    asked = [*calls(project)[::SHARE], ["storage", "buckets", "describe", "gs://x", "--no-such-option"]]
    # Without an account it asks nobody.
    nobody = {"CLOUDSDK_CONFIG": str(tmp_path), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "NO_GCE_CHECK": "true"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDSDK_")} | nobody
    for words in asked:
        result = subprocess.run(
            [gcloud, *words], env=environment, input="x", capture_output=True, text=True, check=False
        )
        assert (result.returncode == 2) == ("--no-such-option" in words), (words, result.stderr)
