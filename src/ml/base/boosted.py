"""What the two boosting members share: they are kept as their library's own model file."""

from abc import abstractmethod
from typing import Any

from src.ml.base.member import Member


class BoostedMember(Member):
    """Pickles the library's model file, which holds no thread count and no Python object of the library."""

    _model: str | bytes

    @property
    def booster(self) -> Any:
        """The library's booster, read from the model file once."""
        if not hasattr(self, "_booster"):
            self._booster = self._read()
        return self._booster

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_booster"}

    @abstractmethod
    def _read(self) -> Any:
        """The booster in ``_model``, set to one thread."""
