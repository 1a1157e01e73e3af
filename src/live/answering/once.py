"""One question, one answer: a version, the newest candles of the exchange or a file, what the version says of them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from src.bundle.folder import open_bundle, open_checkout
from src.bundle.loaded import Loaded
from src.core.errors import UserError
from src.live.answering.answer import Answer
from src.live.answering.candle_file import read_window
from src.live.answering.feed import Feed
from src.live.answering.signal import answer
from src.live.answering.sizing import bars_needed
from src.live.settings import LiveSettings, read_settings
from src.rollout.version import Version


def newest_answer(
    root: Path,
    *,
    version: str | None = None,
    folder: Path | None = None,
    candles: Path | None = None,
    now: str | None = None,
    offline: bool = False,
    held: float = 0.0,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Loaded, Answer]:
    """What a version says of the newest closed candle.

    Args:
        root: of the checkout, with deploy/live.yaml.
        version: of a bundle in the folder `runner.bundles`.
        folder: of a bundle; with neither it is the checkout's own graph.
        candles: a file in place of the exchange.
        now: when the file's candles were the newest, ISO 8601 with its zone; None: at its last close.
        offline: do not ask git about the bundle.
        held: share of the stake that is held now, in [0, 1].
        say: gets a line whenever something is asked for again.

    Raises:
        UserError: as ``read_settings``, ``open_bundle``, ``open_checkout``, ``Feed`` and ``read_window``; or settings
            that exclude each other.
    """
    if version is not None and folder is not None:
        raise UserError("VERSION and DIR both name a bundle; give one of them.")
    if now is not None and candles is None:
        raise UserError("NOW is for a file of CANDLES; the exchange has a clock of its own.")
    if not 0 <= held <= 1:
        raise UserError(f"HELD {held:g} is no share of a stake; give a number in [0, 1].")
    settings = read_settings(root)
    loaded = _loaded(root, settings, version, folder, offline=offline)
    bars = bars_needed(loaded.signal, loaded.sizing)
    if candles is not None:
        window = read_window(candles, bars, _seconds(now))
    else:
        window = Feed(settings.exchange, loaded.signal.facts.timeframe, say).newest(bars)
    return loaded, answer(loaded, window, settings, held=held)


def _loaded(root: Path, settings: LiveSettings, version: str | None, folder: Path | None, *, offline: bool) -> Loaded:
    if version is not None:
        folder = root / settings.runner.bundles / str(Version.parse(version))
    if folder is None:
        return open_checkout(root)
    return open_bundle(folder, git=settings.git.remote, offline=offline)


def _seconds(now: str | None) -> float | None:
    if now is None:
        return None
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UserError(f"NOW {now[:60]!r} is no time; write it as 2024-08-05T10:00:00Z.") from None
    if moment.tzinfo is None:
        raise UserError(f"NOW {now!r} names no zone; write it as 2024-08-05T10:00:00Z.")
    return moment.timestamp()
