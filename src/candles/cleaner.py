"""Rows on their way to candles, with what was repaired and what is refused."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.candles.contract import FIRST_ROWS
from src.candles.params import Policies
from src.candles.rows import Part, place
from src.core.errors import UserError

Mask = NDArray[np.bool_]


@dataclass
class Cleaner:
    """Each step thins ``frame`` and counts in ``repairs``, or says in ``refusals`` what is refused.

    Refusals are collected, so that one run names them all; ``refuse`` ends it.

    Attributes:
        frame: the contract's columns, `line` and `part`.
        parts: where the rows came from.
        policies: what is dropped and what is refused.
        repairs: rows per repair.
        refusals: sentences, in the order of the steps.
        aside: times of refused rows that the steps after could not bear; they are no gaps.
    """

    frame: pd.DataFrame
    parts: tuple[Part, ...]
    policies: Policies
    repairs: dict[str, int] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    aside: list[pd.Series] = field(default_factory=list)

    def drop_or_refuse(
        self, key: str, policy: str, bad: Mask, what: str, remedy: str, *, in_the_way: bool = False
    ) -> None:
        """Do with the rows of ``bad`` as ``policy`` says: keep, drop or refuse.

        Args:
            key: of ``repairs``.
            policy: keep, drop or refuse.
            bad: a flag per row of ``frame``.
            what: is wrong with them, after "n of m rows".
            remedy: what to do.
            in_the_way: refused rows are set aside, as the steps after need a frame without them.
        """
        if policy == "refuse" and bad.any():
            self.refusals.append(f"{self.first(bad)} {what}; {remedy}.")
        self.repairs[key] = int(bad.sum()) if policy == "drop" else 0
        if bad.any() and (policy == "drop" or (policy == "refuse" and in_the_way)):
            if policy == "refuse":
                self.aside.append(self.frame["timestamp"][bad])
            self.frame = self.frame[~bad].reset_index(drop=True)

    def refuse(self) -> None:
        """End here if anything is refused.

        Raises:
            UserError: every refusal, as one sentence each on one line.
        """
        if len(self.refusals) == 1:
            raise UserError(self.refusals[0])
        if self.refusals:
            listed = " ".join(f"({number}) {text}" for number, text in enumerate(self.refusals, start=1))
            raise UserError(f"{len(self.refusals)} things are refused: {listed}")

    def first(self, bad: Mask) -> str:
        """How many rows, and the first of them."""
        rows = bad.nonzero()[0]
        shown = ", ".join(self.show(int(row)) for row in rows[:FIRST_ROWS])
        return f"{len(rows)} of {len(bad)} rows ({shown}{', …' if len(rows) > FIRST_ROWS else ''})"

    def show(self, row: int) -> str:
        """`a.csv line 7 at 2020-01-01T06:00`."""
        return f"{self.place(row)} at {self.frame['timestamp'].iloc[row]:%Y-%m-%dT%H:%M}"

    def place(self, row: int) -> str:
        """`a.csv line 7`."""
        return place(self.frame, self.parts, row)
