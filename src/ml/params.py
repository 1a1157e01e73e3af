"""The section `ensemble` of params.yaml."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, field_validator

from src.core.errors import UserError
from src.core.params import Section, read_section, read_yaml
from src.ml.vote import normalised_weights


class EnsembleParams(Section):
    """The vote."""

    weights: dict[str, float]
    threshold: float = Field(gt=0, lt=1)

    @field_validator("weights")
    @classmethod
    def _weights_are_usable(cls, value: dict[str, float]) -> dict[str, float]:
        normalised_weights(value, list(value))
        return value


def read_ensemble(root: Path) -> EnsembleParams:
    """The section `ensemble` of ``root/params.yaml``, its weights those of the section `members`.

    Raises:
        UserError: a bad value, a member without a weight, or a weight without a member.
    """
    params = read_section(root, "ensemble", EnsembleParams)
    members = (read_yaml(root / "params.yaml") or {}).get("members")
    if not isinstance(members, dict) or set(members) != set(params.weights):
        names = ", ".join(members) if isinstance(members, dict) else "none"
        raise UserError(
            f"{root / 'params.yaml'}: `ensemble.weights` names {', '.join(params.weights)}, but the members are "
            f"{names}; give each member one weight, 0 to leave it out of the vote."
        )
    return params


def refuse_strays(folder: Path, names: Iterable[str]) -> None:
    """Refuse files in ``folder`` that belong to none of the members ``names``.

    The folder is a dependency: with a stray file dvc.lock would hold what no fresh clone can make.

    Raises:
        UserError: it names the first.
    """
    strays = sorted({path.stem for path in folder.glob("[!.]*")} - set(names))
    if strays:
        raise UserError(
            f"{folder} holds {strays[0]}, which is no member in params.yaml; run `make remove-member NAME={strays[0]}`."
        )
