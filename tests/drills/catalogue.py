"""Every drill, in the order in which they are played."""

from __future__ import annotations

import re

from tests.drills import (
    arriving,
    baddata,
    crowding,
    cutting,
    handing,
    killing,
    outages,
    provider,
    upkeep,
)
from tests.drills.drill import ALL, Drill

PLAYED = (killing, provider, arriving, outages, handing, crowding, baddata, upkeep, cutting)
"""Importing them registers their drills."""


def drills() -> dict[str, Drill]:
    """All drills by name: F1 to F25, then C, B, K and N by their numbers."""

    def place(name: str) -> tuple[int, int]:
        found = re.fullmatch(r"([A-Z])(\d+)", name)
        assert found is not None, name
        return "FCBKN".index(found[1]), int(found[2])

    return {name: ALL[name] for name in sorted(ALL, key=place)}
