"""What every learner is: it begins with the past, answers, and learns each row whose label has become known."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from src.ml.base.inputs import INPUT_NAMES, TRANSFORMS
from src.ml.base.member import Member
from src.ml.base.registry import adapter_of

Values = NDArray[np.float64]
Labels = NDArray[np.int8]
Period = Literal["never", "bar", "day", "week", "month"]


class Learner(ABC):
    """A classifier of (n, 12) features that is kept up to date.

    Attributes:
        every: how often ``learn`` is called; before the first row of each such period (UTC) is answered.
        restart: how often ``begin`` is called again in its place.
        has_text: whether ``text`` and ``load_text`` carry it over a restart of the process; of others the past is
            played again.
    """

    every: Period
    restart: Period = "never"
    has_text: ClassVar[bool] = False

    @abstractmethod
    def begin(self, features: Values, target: Labels) -> None:
        """Learn (n, 12) features with (n,) targets, oldest first, from nothing."""

    @abstractmethod
    def learn(self, features: Values, target: Labels) -> None:
        """Go on with all n rows known by now; those that were given before stand first, as they were."""

    @abstractmethod
    def predict(self, features: Values) -> Values:
        """(n, 12) features → (n,) probability of a rise."""

    @abstractmethod
    def size(self) -> int:
        """Bytes of what must be kept to go on."""

    def text(self) -> str:
        """The model as its library's own text; only where ``has_text``."""
        raise NotImplementedError

    def load_text(self, text: str) -> None:
        """Go on from what ``text`` gave; only where ``has_text``.

        Raises:
            ValueError: it is no such text.
        """
        raise NotImplementedError


def plain_member(name: str, settings: dict[str, object]) -> Member:
    """The unfitted member ``name`` with its block of params.yaml, without the head `direction`."""
    return adapter_of(name)(**{key: value for key, value in settings.items() if key != "direction"})  # type: ignore[arg-type]


def inputs_of(member: Member, features: Values) -> NDArray[np.float32]:
    """(n, 12) features → (n, k) what ``member``'s estimator sees of them."""
    names = INPUT_NAMES[member.inputs]
    seen = TRANSFORMS[member.inputs](features)
    return np.ascontiguousarray(seen[:, [names.index(name) for name in member.input_names]])


def has_both_classes(target: Labels) -> bool:
    """Whether a booster can be trained on ``target``."""
    return bool(len(target)) and 0 < target.mean() < 1
