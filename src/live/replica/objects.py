"""Objects of a bucket that are written only over the version that was read: Google's generation preconditions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from src.bundle.remote_settings import remote_settings
from src.bundle.storage import bucket_of, host_of, open_client, told
from src.core.errors import UserError

# The role that the sentence for refused credentials asks for.
ROLE = "Storage Object User"
T = TypeVar("T")


class Conflict(Exception):
    """Another process wrote the object meanwhile."""


class Found(msgspec.Struct, frozen=True):
    """The bytes of an object, and the generation that they are."""

    content: bytes
    version: str


class Objects:
    """Objects below one address.

    Args:
        root: of the checkout, whose `.dvc` says how the bucket is reached (credentials, an emulator).
        url: as gs://<bucket>/<folder>.

    Raises:
        UserError: no address of a bucket, or credentials that cannot be used.
    """

    def __init__(self, root: Path, url: str) -> None:
        settings = remote_settings(root, url)
        self.url = settings["url"]
        self._bucket, prefix = bucket_of(self.url)
        self._prefix = f"{prefix}/" if prefix else ""
        self._client: Any = open_client(self._bucket, settings, conditional=True)
        self._host = host_of(settings)

    def read(self, key: str) -> Found | None:
        """The object, or None where there is none.

        Raises:
            UserError: the bucket is missing, refuses, or cannot be reached.
        """
        return self._asked(self._get, key)

    def version(self, key: str) -> str | None:
        """The version of the object, without its bytes; None where there is none. Raises as ``read``."""
        return self._asked(lambda name: str(self._client.head(name)["version"]), key)

    def _get(self, name: str) -> Found:
        found = self._client.get(name)
        return Found(bytes(found.bytes()), str(found.meta["version"]))

    def _asked(self, ask: Callable[[str], T], key: str) -> T | None:
        try:
            return ask(self._prefix + key)
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise UserError(f"there is no bucket {self._bucket!r}; correct the address of the replica.") from None
            return None
        except Exception as error:  # obstore's errors have no common class but Exception
            raise self._refused(error) from None

    def write(self, key: str, content: bytes, over: str | None) -> str:
        """Put the object in the place of the version ``over``, or of nothing; its version.

        An answer that got lost is no conflict: where the object turns out to be ``content``, it was written. So two
        processes must never write equal bytes.

        Raises:
            Conflict: another version is there.
            UserError: as ``read``.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = "create" if over is None else {"version": over}
        try:
            return str(self._client.put(self._prefix + key, content, mode=mode)["version"])
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            found = self.read(key)
            if found is not None and found.content == content:
                return found.version
            raise Conflict from None
        except Exception as error:  # as above
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> UserError:
        return UserError(told(error, self._bucket, self._host, ROLE))
