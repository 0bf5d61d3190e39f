"""Where Python looks for garbage in a server: among what its requests made, not in what it was
started with."""

from __future__ import annotations

import gc

AFTER = 20_000
"""Objects made and not yet freed until the youngest are looked through: a request or an action
makes some thousand, and Python's seven hundred are for programs that start and end."""


def started() -> None:
    """What is there now stays: leave it out of every later search."""
    gc.freeze()
    gc.set_threshold(AFTER, 20, 20)
