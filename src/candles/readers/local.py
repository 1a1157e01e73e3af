"""Sources `snapshot` and `csv`: files beside the pipeline, and files or URLs listed with their sha256."""

import hashlib
from pathlib import Path

from src.candles.params import IngestParams, InputFile
from src.candles.readers.files import check_provenance, files_below, local_bytes, read_files
from src.candles.readers.read import Reading, read_file_content
from src.candles.rows import Rows, joined
from src.core.errors import UserError
from src.core.files import write_bytes

DOWNLOADS = Path("downloads")


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
        tables += read_file_content(content, file.path.rsplit("/", 1)[-1], how)
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
            f"{file.path} has sha256 {found}, but `ingest.files` names {file.sha256}; "
            "give the file that was meant, or write the new sha256 there."
        )
    if is_url:
        write_bytes(kept, content)
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fetched(url: str) -> bytes:
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            content: bytes = file.read()
    except ImportError as error:
        raise UserError(f"{url} cannot be opened: {error}.") from None
    # Every storage has its own errors; each means that the bytes cannot be had.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"{url} cannot be fetched ({type(error).__name__}: {reason}); check the address.") from None
    return content
