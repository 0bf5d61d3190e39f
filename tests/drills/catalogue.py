"""Every drill, in the order in which they are played."""

from __future__ import annotations

import re

from tests.drills import (
    arriving,
    baddata,
    crowding,
    handing,
    killing,
    outages,
    provider,
    upkeep,
)
from tests.drills.drill import ALL, Drill

PLAYED = (killing, provider, arriving, outages, handing, crowding, baddata, upkeep)
"""Importing them registers their drills."""


def drills() -> dict[str, Drill]:
    """All drills by name: F1 to F25, then C, B and K by their numbers."""

    def place(name: str) -> tuple[int, int]:
        found = re.fullmatch(r"([A-Z])(\d+)", name)
        assert found is not None, name
        return "FCBK".index(found[1]), int(found[2])

    return {name: ALL[name] for name in sorted(ALL, key=place)}
