"""Sources `snapshot` and `csv`: files beside the pipeline, and files or URLs listed with their sha256."""

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, unquote_plus

from src.candles.params import IngestParams, InputFile
from src.candles.readers.files import check_provenance, files_below, local_bytes, read_files
from src.candles.readers.read import Reading, read_file_content
from src.candles.readers.unpack import read_within
from src.candles.rows import Rows, joined
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.shown import shown_path, shown_url

DOWNLOADS = Path("downloads")
ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
LONGEST_REASON = 200
# Shorter words stand in any sentence.
SHORTEST_SECRET = 3


def read_snapshot(params: IngestParams, root: Path) -> Rows:
    """The bundled file, if its bytes are those its provenance file names.

    Raises:
        UserError: other bytes, or unreadable.
    """
    check_provenance(root / params.path)
    return read_files([root / params.path], Reading())


def read_csv(params: IngestParams, root: Path, cache: Path) -> Rows:
    """`ingest.files` where there are any, else the file or folder `ingest.path`.

    Raises:
        UserError: a file is missing, has other bytes than its sha256, or holds no candles in a known shape.
    """
    how = Reading(params.shape, params.columns, params.zone)
    if not params.files:
        return read_files(files_below(root / params.path), how, root / params.path)
    tables = []
    for file in params.files:
        content = _proven(file, root, cache)
        tables += read_file_content(content, _name(file.path), how)
    return joined(tables)


def _proven(file: InputFile, root: Path, cache: Path) -> bytes:
    """The bytes with the sha256 that params.yaml names; a URL is fetched once and kept."""
    is_url = "://" in file.path
    kept = cache / DOWNLOADS / file.sha256
    if is_url and kept.is_file() and _sha256(kept.read_bytes()) == file.sha256:
        return kept.read_bytes()
    content = _fetched(file.path) if is_url else local_bytes(root / file.path, "ingest.files")
    found = _sha256(content)
    if found != file.sha256:
        raise UserError(
            f"{shown_url(file.path)} has sha256 {found}, but `ingest.files` names {file.sha256}; "
            "give the file that was meant, or write the new sha256 there."
        )
    if is_url:
        write_bytes(kept, content)
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _name(path: str) -> str:
    """The file's own name; what an address carries behind it is often a signature."""
    return (shown_url(path).split("?")[0] if "://" in path else path).rsplit("/", 1)[-1]


def _fetched(url: str) -> bytes:
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            return read_within(file, shown_url(url))
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{shown_url(url)} cannot be opened: {_told(error, url)}.") from None
    # Every storage has its own errors; each means that the bytes cannot be fetched.
    except Exception as error:
        raise UserError(
            f"{shown_url(url)} cannot be fetched ({type(error).__name__}: {_told(error, url)}); check the address."
        ) from None


def _told(error: Exception, url: str) -> str:
    """The first line of what the storage says, without what ``shown_url`` hides."""
    text = (str(error).strip() or type(error).__name__).split("\n")[0]
    for secret in _secrets(url):
        text = text.replace(secret, "…")
    return shown_path(ADDRESS.sub(lambda found: shown_url(found[0]), text))[:LONGEST_REASON]


def _secrets(url: str) -> list[str]:
    """User, password, query and fragment and the values in them, as written and decoded, the longest first."""
    rest = url.split("://", 1)[-1]
    user = re.match(r"[^/?#]*@", rest) or re.match(r"[^/]*:.*@", rest, re.DOTALL)
    behind = re.search(r"[?#].*", rest[user.end() if user else 0 :], re.DOTALL)
    whole = [user[0][:-1]] if user else []
    values = whole + whole[0].split(":", 1) if whole else []
    if behind:
        values += [behind[0], *re.split(r"[?#&=]", behind[0])]
    found = {form for value in values for form in (value, unquote(value), unquote_plus(value))}
    return sorted((value for value in found if len(value) >= SHORTEST_SECRET), key=len, reverse=True)
