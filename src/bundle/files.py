"""Read a file of a bundle once, whole and of bounded size."""

from pathlib import Path

from src.core.errors import UserError
from src.core.files import NotRegular, open_regular
from src.core.shown import shown_path

# Bytes; ours have a few thousand.
LARGEST_DOCUMENT = 1_000_000


def read_file(path: Path, largest: int, remedy: str = "run `make fetch`") -> bytes:
    """The bytes of a regular file of at most ``largest`` bytes.

    Raises:
        UserError: it is not such a file; the sentence ends with ``remedy``.
    """
    try:
        with open_regular(path) as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        raise UserError(f"{shown_path(path)} is missing; {remedy}.") from None
    except NotRegular:
        raise UserError(f"{shown_path(path)} is not a regular file; remove it, then {remedy}.") from None
    except OSError as error:
        raise UserError(f"{shown_path(path)} cannot be read ({error.strerror or error}); {remedy}.") from None
    if len(content) > largest:
        raise UserError(f"{shown_path(path)} has more than {largest} bytes; {remedy}.")
    return content
