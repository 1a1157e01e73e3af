"""The rows of the queue. Times are seconds since 1970 by this machine's clock."""

import msgspec

# A message waits, is on its way, may or may not have arrived, has arrived, or was refused for good.
READY, SENDING, DOUBTFUL, SENT, REFUSED = "ready", "sending", "doubtful", "sent", "refused"


class Notice(msgspec.Struct, frozen=True):
    """Something to tell.

    Attributes:
        number: of the row; later rows have larger ones.
        made_at: when it was told.
        event: one of ``EVENTS``.
        text: one line.
        facts: JSON object.
    """

    number: int
    made_at: float
    event: str
    text: str
    facts: str


class Message(msgspec.Struct, frozen=True):
    """Notices on their way to one target; its bytes stay the same from the first attempt to the last.

    Attributes:
        number: of the row.
        target: `discord` or `webhook`.
        state: one of the five above.
        name: random; it goes along, so that a receiver can drop what it has already.
        first, last: numbers of the first and last notice in it.
        text: of all of them.
        attempts: how often it was sent.
        not_before: when it may be sent again.
        marked_at: when ``state`` was written.
        answer: what the target answered last, or the id that it gave.
    """

    number: int
    target: str
    state: str
    name: str
    first: int
    last: int
    text: str
    attempts: int
    not_before: float
    marked_at: float
    answer: str
