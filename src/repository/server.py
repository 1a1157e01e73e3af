"""Git remotes: where one is, and what is said of one that does not answer."""

from pathlib import Path

from src.core.errors import UserError
from src.core.shown import shown_path, shown_url
from src.repository.git import git, git_succeeds

# The exit code of `git ls-remote --exit-code` for no such ref.
NO_SUCH_REF = 2


class Unreachable(UserError):
    """The git remote could not be asked, so nothing is known of what it holds."""


def git_address(root: Path, given: str | None) -> str:
    """The address of a git remote: of the remote that ``given`` names in the checkout ``root``, or ``given`` itself.

    Args:
        root: a checkout, or any folder.
        given: a remote's name, an URL or a folder; None for `origin`.

    Raises:
        UserError: none was given and there is no `origin`.
    """
    if git_succeeds(root, "remote", "get-url", "--", given or "origin"):
        return _absolute(git(root, "remote", "get-url", "--", given or "origin"), root)
    if given is None:
        raise Unreachable("this folder has no git remote `origin`; say which holds the release tags: GIT=<url>.")
    return _absolute(given, Path.cwd())


def unreachable(address: str, text: str) -> Unreachable:
    """The sentence for a remote that gave no answer; ``text`` is what git printed."""
    return Unreachable(
        f"the git remote {shown_url(address)} could not be asked ({reason_in(address, text)}); check address and "
        "network."
    )


def reason_in(address: str, text: str) -> str:
    """The one line of what git printed that says why, without any password of ``address``."""
    lines = [line for line in text.replace(address, shown_url(address)).splitlines() if line.strip()]
    # Warnings come first; the reason is the first line that git calls fatal.
    reason = next((line for line in lines if line.startswith("fatal: ")), (lines or ["no reason given"])[0])
    return shown_path(reason.removeprefix("fatal: "))


def _absolute(address: str, folder: Path) -> str:
    """A folder's path as an absolute one, since git is asked from elsewhere."""
    return str((folder / address).resolve()) if (folder / address).is_dir() else address
