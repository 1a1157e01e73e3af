"""`make up`: runner and service as two processes; both run, or none."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from src.core.errors import UserError

# Seconds that a process has to end by itself.
GRACE = 20.0
LOOK = 0.1


def run_up(commands: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    """Run ``commands`` (by name) until SIGTERM or SIGINT, then end all of them.

    Raises:
        UserError: one ended by itself; the others were ended.
    """
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True

    # Before the first process starts: a signal in between must reach it too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # In a group of its own: Ctrl-C reaches this process, which ends the others.
            processes[name] = subprocess.Popen(command, start_new_session=True)
            say(f"{name} runs as process {processes[name].pid}")
        while not asked:
            for name, process in processes.items():
                if (code := process.poll()) is not None:
                    raise UserError(f"{name} ended by itself ({_told(code)}), so the rest was ended too; see above.")
            time.sleep(LOOK)
    finally:
        _end(processes, say)


def _end(processes: Mapping[str, subprocess.Popen[bytes]], say: Callable[[str], None]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + GRACE
    for name, process in processes.items():
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        say(f"{name} ended ({_told(process.returncode)})")


def _told(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
