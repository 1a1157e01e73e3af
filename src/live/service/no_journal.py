"""What there is to read where no journal lies."""

from src.live.service.journal import Candle, Halt, Prediction


class NoJournal:
    """Nothing, and a sentence that says so."""

    sentence = "there is no journal yet: nothing was scored here; start `make live`."

    def candle_age(self) -> float | None:
        """Not known."""
        return None

    def count(self) -> int:
        """None."""
        return 0

    def newest(self) -> list[Prediction]:
        """None."""
        return []

    def predictions(self, since: int, limit: int, version: str | None) -> list[Prediction]:  # noqa: ARG002
        """None."""
        return []

    def changed(self, after: int) -> tuple[int, list[Prediction], list[Prediction]]:
        """Nothing, ever."""
        return after, [], []

    def candles(self, since: int, limit: int) -> list[Candle]:  # noqa: ARG002
        """None."""
        return []

    def halted(self) -> Halt | None:
        """Nobody could have."""
        return None
