"""Pure decisions about the cart."""

from __future__ import annotations

from crm_core.conversations.rules import clean
from crm_core.errors import InvalidInput

MOST_PIECES = 10_000
"""More of one part than this is a slip of the thumb, not a wish."""
NOTE, LINE_NOTE = 500, 200
"""How many signs a note to an order may have, and one to a part in it."""


def plain_note(note: str | None, longest: int) -> str | None:
    """A note as it is kept, at most ``longest`` signs; None for nothing."""
    return clean(note or "", 4 * longest).strip()[:longest].strip() or None


def checked_quantity(quantity: object) -> int:
    """``quantity`` as a number of pieces from 1 to 10,000.

    Raises InvalidInput ("quantity_invalid", most) for anything else, also for bool and floats.
    """
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise InvalidInput("quantity_invalid", most=MOST_PIECES)
    if not 1 <= quantity <= MOST_PIECES:
        raise InvalidInput("quantity_invalid", most=MOST_PIECES)
    return quantity
