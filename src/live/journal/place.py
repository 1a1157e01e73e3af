"""Where a journal may lie: on a local disk. SQLite's locks and shared memory do not hold over a network."""

from pathlib import Path

from src.core.errors import UserError

_MOUNTS = Path("/proc/self/mounts")
_NETWORKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs"}
# Of file systems in user space, those that keep files elsewhere.
_REMOTE_FUSE = ("gcsfuse", "sshfs", "s3fs", "rclone", "davfs", "juicefs", "goofys")


def check_place(path: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a network's file system, where the kernel tells (Linux).

    Raises:
        UserError: ``path`` lies on one.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    place = path.absolute().resolve()
    found = ("", "")
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        # Spaces in a mount point are written as octal numbers.
        where = point.replace("\\040", " ")
        # Of two mounts at one place the later one is seen.
        if place.is_relative_to(where) and len(where) >= len(found[0]):
            found = (where, kind)
    kind = found[1]
    if kind in _NETWORKS or (kind.startswith("fuse") and any(name in kind for name in _REMOTE_FUSE)):
        raise UserError(f"the journal {path} would lie on a network ({kind}); set `journal.path` to a local disk.")
