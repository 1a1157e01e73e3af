"""Released versions: the git tag `production-ensemble@v1.2.0`, in GTO's grammar."""

from pathlib import Path
from typing import Any, Self

import semver

from src.core.errors import UserError
from src.repository.git import ARTIFACT, git_succeeds


class Version(semver.Version):
    """A semantic version without pre-release and build parts, written v1.2.0."""

    def __str__(self) -> str:
        return f"v{super().__str__()}"

    @property
    def tag(self) -> str:
        """The git tag that releases it."""
        return f"{ARTIFACT}@{self}"

    @classmethod
    def parse(cls, version: Any, optional_minor_and_patch: bool = False) -> Self:
        """The version `v1.2.0`.

        Raises:
            UserError: other text.
        """
        try:
            found = super().parse(version.removeprefix("v"), optional_minor_and_patch)
        except ValueError:
            found = None
        # semver itself takes pre-releases, a last line end and digits of other scripts.
        if found is None or found.prerelease or found.build or str(found) != version:
            raise UserError(f"{version!r} is not a version; write it as v1.2.0.")
        return found


def versions_of(tags: list[str]) -> list[Version]:
    """The versions among ``tags``, ascending; tags of another artifact or grammar are no versions."""
    found = []
    for tag in tags:
        artifact, _, text = tag.partition("@")
        try:
            found += [Version.parse(text)] if artifact == ARTIFACT else []
        except UserError:
            continue
    return sorted(found)


def tag_exists(root: Path, version: Version) -> bool:
    """Whether ``version`` has its tag here."""
    return git_succeeds(root, "show-ref", "--verify", "--quiet", f"refs/tags/{version.tag}")
