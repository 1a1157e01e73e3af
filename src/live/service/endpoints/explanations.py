"""Explanations that were asked for, kept until the next candle."""

import asyncio

from src.live.answering.window import Window
from src.live.explaining.explain import Explanation, explain
from src.live.service.served import Served


class Explanations:
    """One is computed at a time: it takes a core for most of a second."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()
        self._known: dict[str, tuple[Served, int, Explanation]] = {}

    async def of(self, served: Served, window: Window) -> Explanation:
        """That of ``served`` for the newest candle of ``window``.

        Raises:
            UserError: as ``explain``.
        """
        newest = int(window.opened[-1]) if len(window) else 0
        async with self._alone:
            known = self._known.get(served.version)
            if known is None or known[0] is not served or known[1] != newest:
                found = await asyncio.to_thread(explain, served.loaded, window)
                known = self._known[served.version] = (served, newest, found)
        return known[2]
