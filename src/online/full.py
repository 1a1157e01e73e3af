"""A full training of one member, again and again: what every other learner is measured against."""

import pickle

from src.ml.base.member import Member
from src.online.learner import Labels, Learner, Period, Values, plain_member


class FullRetrain(Learner):
    """A member of params.yaml, trained from nothing on all rows known by then, once a period."""

    def __init__(self, name: str, settings: dict[str, object], every: Period) -> None:
        self.name, self.settings, self.every = name, settings, every
        self.member: Member | None = None

    def begin(self, features: Values, target: Labels) -> None:
        self.member = plain_member(self.name, self.settings).fit(features, target)

    def learn(self, features: Values, target: Labels) -> None:
        self.begin(features, target)

    def predict(self, features: Values) -> Values:
        assert self.member is not None
        return self.member.predict_proba(features)[:, 1]

    def size(self) -> int:
        return len(pickle.dumps(self.member))
