"""What `make stream` keeps on disk: JSON that is read and never run."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from src.core.files import write_json

FOLDER = Path(".live/stream")
ABOUT = "A study beside the bot: no order is placed and no version is changed by it. Delete it to begin again."


@dataclass
class State:
    """How far the stream has come.

    Attributes:
        made_of: what the answers depend on beside the journal: learner, its settings, training rows.
        digest: of the candles that are answered.
        probability: what was said of each of them.
        model: text of the learner after the last of them; empty where the past is played again.
        about: for people who open the file.
    """

    made_of: str
    digest: str = ""
    probability: list[float] = field(default_factory=list)
    model: str = ""
    about: str = ABOUT


def read_state(path: Path) -> State | None:
    """The state in ``path``; None where there is none, or what lies there is no state."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        state = State(**content)
    except (OSError, ValueError, TypeError):
        return None
    texts = (state.made_of, state.digest, state.model)
    sound = all(isinstance(text, str) for text in texts) and isinstance(state.probability, list)
    numbers = sound and all(type(value) is float and 0 <= value <= 1 for value in state.probability)
    return state if numbers else None


def write_state(path: Path, state: State) -> None:
    """Replace ``path`` in one step.

    Raises:
        UserError: it cannot be written; the old one is as it was.
    """
    write_json(path, asdict(state))
