"""The things of one line of a list, and what each of them says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from crm_core.catalogue import bikes as bike_reference
from crm_core.catalogue import lexicon, listwords
from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.lexicon import AXES
from crm_core.catalogue.quantity import find_quantity
from crm_core.catalogue.types import Understood
from crm_core.catalogue.understanding import Reader, merged, summary


def fragments(line: str) -> Iterator[str]:
    """The things of one line: cut at ; , and joining words where a thing stands on each side."""
    line = listwords.CHAIN_KIT.sub("gir set", line)
    line = listwords.PAIR_OF_SIDES.sub(r"\1 \2 dan \3", line)
    for both in listwords.BOTH_SIDES:
        line = both.sub(r"\1 dan \2", line)
    here, named = "", False
    for piece, joint in _cut(line):
        said = understand(piece)
        thing = is_thing(piece, said)
        if named and thing and not _code_and_name(here, piece):
            yield here
            here = piece
        elif named and joint and (other := _varied(here, said)):
            yield here
            here = other
        else:
            here = f"{here}, {piece}" if here else piece
        named = named or thing
    if here:
        yield here


def _cut(line: str) -> Iterator[tuple[str, bool]]:
    """Pieces of a line, and whether a joining word or sign stands before each."""
    joint = False
    for piece in listwords.JOINT.split(line):
        if piece.strip(" .,;"):
            yield piece.strip(" ;,"), joint
        joint = True


def _code_and_name(before: str, piece: str) -> bool:
    """Columns of one row: a code and then its name are one thing, not two."""
    known = understand(listwords.CODE.sub(" ", before))
    return has_code(before) and not known.part_terms and not has_code(piece)


def _varied(before: str, said: Understood) -> str | None:
    """ "kampas rem depan" + "belakang 2": the same thing for another side or another bike."""
    known = understand(before)
    if said.bike is not None and known.bike is not None and not said.positions:
        parts = " ".join((*known.part_terms, *known.positions, *known.sizes))
        count = f" {said.quantity} pcs" if said.quantity else ""
        return f"{parts} {said.bike}{count}" if parts else None
    pair = next(
        (
            (mine, other)
            for other in said.positions
            for mine in known.positions
            for axis in AXES
            if mine in axis and other in axis and mine != other
        ),
        None,
    )
    if pair is None:
        return None
    parts = " ".join((*known.part_terms, pair[1]))
    bike = said.bike or known.bike
    count = f" {said.quantity} pcs" if said.quantity else ""
    return f"{parts} {bike or ''}{count}".strip()


def has_code(text: str) -> bool:
    """Whether ``text`` holds what looks like a part number."""
    return listwords.CODE.search(text) is not None


@lru_cache(maxsize=64)  # a line is read whole, then piece by piece, then as what is left of it
def understand(text: str) -> Understood:
    """What one line says, by the words of the trade alone."""
    reader = _reader()
    reading = reader.read(listwords.CODE.sub(" ", text))
    worded = [at for at, clause in enumerate(reading.clauses) if clause.words]
    if not reading.clauses:
        return Understood(quantity=find_quantity(text))
    chosen = merged(reading.clauses, worded[0] if worded else 0)
    return replace(summary(reading, chosen, reader.bikes, ()), quantity=find_quantity(text))


def is_thing(text: str, said: Understood) -> bool:
    """Whether a piece of a list names something that a shop sells."""
    return bool(said.part_terms) or has_code(text) or listwords.OWN_NAME.search(text) is not None


@cache
def _reader() -> Reader:
    words = lexicon.load()
    return Reader(words, BikeTable(bike_reference.reference(), words.bike_words))
