"""A list of as many parts as wanted, made from a real one: for measuring the search, seeded.

The real parts come first and unchanged. The others are made of real names whose bikes are replaced
by bikes that nobody builds, under numbers of their own; so whatever was the right answer to a
question about a Honda is still the only one, among many that sound alike.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crm_core.catalogue import lexicon  # noqa: E402 - the project's folder is put on the path above
from crm_core.catalogue.naming import named_rows  # noqa: E402
from crm_core.catalogue.queries import bike_table  # noqa: E402
from crm_core.catalogue.text import plain_code  # noqa: E402

SEED = 20_260
_MODELS = 3_000
_COMBINED = 0.2
_SYLLABLES = "ba do fu ga ki lo mu na pe qua ri so tu vel wi xan yo za dra kro ple ster".split()


def many(real: Sequence[Mapping[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """``count`` rows of part_code, name, price_idr, stock; the first ones are ``real``."""
    chance = random.Random(SEED)  # noqa: S311 - the same list every time
    taken: set[str] = set()
    for row in real[:count]:
        taken.add(plain_code(str(row["part_code"])))
        yield dict(row)
    things = [_thing(str(row["name"])) for row in real]
    heads = [plain_code(str(row["part_code"]))[:5] for row in real]
    models = _models(chance)
    platforms = _platforms(chance)
    made = len(taken)
    while made < count:
        at = chance.randrange(len(things))
        code = f"{heads[at]}{chance.choice(platforms)}{chance.randrange(1000):03d}"
        if code in taken or not things[at]:
            continue
        taken.add(code)
        made += 1
        name = things[at]
        if chance.random() < _COMBINED:
            name = f"{name} & {chance.choice(things)}".rstrip(" &")
        name = f"{name} {chance.choice(models)} {chance.randrange(50, 400)}"
        price = chance.randrange(5, 900) * 1_000
        yield {"part_code": code, "name": name, "price_idr": price, "stock": chance.randrange(9)}


def _thing(name: str) -> str:
    """A part's name without the bikes in it."""
    _, clauses = named_rows(bike_table(), name)
    words = [word for clause in clauses for word in clause if word != "honda"]
    return " ".join(words).title()


def _models(chance: random.Random) -> list[str]:
    known = lexicon.load().vocabulary | bike_table().vocabulary
    models: dict[str, None] = {}
    while len(models) < _MODELS:
        word = "".join(chance.choice(_SYLLABLES) for _ in range(3))
        if word not in known:
            models[word.title()] = None
    return list(models)


def _platforms(chance: random.Random) -> list[str]:
    """Platform codes that no Honda has."""
    signs = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    every = [f"{a}{b}{c}" for a in "QUXYZ" for b in signs for c in signs]
    free = [code for code in every if code.lower() not in bike_table().platforms]
    chance.shuffle(free)
    return free
