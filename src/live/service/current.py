"""The versions that the service answers with: those that the branch `rollout` names, or the checkout's graph."""

from collections.abc import Callable, Sequence

from src.core.errors import UserError
from src.live.running.versions import Versions
from src.live.service.served import Served


class Current:
    """Looks for other versions.

    Args:
        versions: by settings.
        told: gets the name and the sentence of each version that is refused.
    """

    def __init__(self, versions: Versions, told: Callable[[str, str], None]) -> None:
        self._versions, self._told = versions, told

    def look(self) -> Sequence[Served] | None:
        """The versions that run now; None where nothing changed since the last look.

        Raises:
            UserError: none can run.
        """
        change = self._versions.refresh()
        for name, why in change.refused.items():
            self._told(name, why)
        if not self._versions.running:
            raise UserError("no version can run: " + " ".join(change.refused.values()))
        if not (change.begun or change.ended):
            return None
        return [Served(one.loaded, one.step, one.share) for one in self._versions.running]
