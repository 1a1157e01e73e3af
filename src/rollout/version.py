"""Released versions: the git tag `production-ensemble@v1.2.0`, in GTO's grammar."""

import re
from dataclasses import dataclass
from typing import Self

from src.core.errors import UserError
from src.repository.git import ARTIFACT

_VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Version:
    """A semantic version without pre-release parts, as v1.2.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """The git tag that releases it."""
        return f"{ARTIFACT}@{self}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The version `v1.2.0`.

        Raises:
            UserError: other text.
        """
        match = _VERSION.fullmatch(text)
        if not match:
            raise UserError(f"{text!r} is not a version; write it as v1.2.0.")
        return cls(*map(int, match.groups()))


def versions_of(tags: list[str]) -> list[Version]:
    """The versions among ``tags``, ascending; tags of another artifact or grammar are no versions."""
    found = [tag.removeprefix(f"{ARTIFACT}@") for tag in tags if tag.startswith(f"{ARTIFACT}@")]
    return sorted(Version.parse(text) for text in found if _VERSION.fullmatch(text))
