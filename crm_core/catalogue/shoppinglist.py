"""A pasted list read line by line: what is wanted, how many, for which bike. Pure.

People paste lists from notes, spreadsheets and other chats: with greetings and headings around
them, bullets and numbers before the lines, quantities in front, behind or in a column, several
things in one line, and the bike named once for all that follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Literal

from crm_core.catalogue import lexicon, listwords
from crm_core.catalogue.listparts import fragments, has_code, is_thing, understand
from crm_core.catalogue.text import asks_a_piece_of, clauses, joined
from crm_core.catalogue.types import BikeRef, Understood
from crm_core.errors import InvalidInput

MOST_LINES = 100
"""A longer list is a price list or a slip; nothing of it is answered."""
LONGEST_LINE = 200

Kind = Literal["item", "bike", "part", "more", "talk", "unknown"]


@dataclass(frozen=True, slots=True)
class ListLine:
    """One thing wanted. ``quantity`` is 1 where none was ``counted``; ``bike`` is its heading's.

    ``text`` is without the number of pieces, ``written`` as it stood there.
    """

    number: int
    text: str
    quantity: int = 1
    counted: bool = False
    bike: BikeRef | None = None
    written: str = ""


@dataclass(slots=True)
class _Item:
    text: str
    said: Understood
    inline: int
    bike: BikeRef | None = None
    code: bool = False
    sure: bool = True


@dataclass(slots=True)
class _Page:
    """What has been read so far of a message."""

    items: list[_Item] = field(default_factory=list)
    bike: BikeRef | None = None
    part: str = ""


def read_list(text: str) -> tuple[ListLine, ...]:
    """Everything that ``text`` asks for, one line per thing; () if it names nothing.

    Raises InvalidInput ("list_too_long", lines, most).
    """
    return _numbered(_items(text))


def listed(text: str) -> tuple[ListLine, ...]:
    """As :func:`read_list`, but () unless the message is a list.

    A list has three things or more, or two that are clearly apart ("kampas rem beat sama busi
    vario"); a second thought ("kampas rem … eh busi") or a closer word ("kampas rem" / "yang
    depan beat") makes none. Raises as :func:`read_list`.
    """
    items = _items(text)
    told = listwords.STORY.search(text.casefold()) is not None
    if len(items) < 2 or told or (len(items) == 2 and not _two_apart(text, items)):
        return ()
    return _numbered(items)


def pasted(text: str) -> bool:
    """Whether ``text`` can only be a pasted list: three lines or more, nearly all of them things.

    Such a message needs no guess about what it wants. A story with complaints in it is none.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 3 or listwords.STORY.search(text.casefold()):
        return False
    items = _items(text)
    apart = len({item.inline for item in items})
    return apart >= 3 and apart * 10 >= len(lines) * 6


def _numbered(items: Sequence[_Item]) -> tuple[ListLine, ...]:
    if len(items) > MOST_LINES:
        raise InvalidInput("list_too_long", lines=len(items), most=MOST_LINES)
    return tuple(
        ListLine(
            number,
            _bare(item.text, item.said.quantity)[:LONGEST_LINE],
            item.said.quantity or 1,
            item.said.quantity is not None,
            None if item.said.bike else item.bike,
            item.text[:LONGEST_LINE],
        )
        for number, item in enumerate(items, start=1)
    )


def _items(text: str) -> list[_Item]:
    page = _Page()
    lines = [line for line in joined(text.replace("\r", "\n")).split("\n") if line.strip()]
    lines = list(_inline_numbers(lines))
    numbered = _numbers_its_lines(lines)
    for place, line in enumerate(lines):
        marked = bool(listwords.BULLET.match(line)) or numbered
        plain = listwords.STAMP.sub("", line)
        plain = listwords.BULLET.sub("", plain.strip(), count=1)
        if numbered:
            plain = re.sub(r"^\s*\d{1,3}\s+", "", plain)
        last = place == len(lines) - 1 and len(lines) > 1
        _read_line(page, re.sub(r"\s*[\t|]\s*", " ", plain).strip(), place, marked, last)
    return page.items


def _read_line(page: _Page, line: str, place: int, marked: bool, last: bool) -> None:
    if not line:
        return
    said = understand(line)
    kind = _kind(line, said, page, marked)
    if kind == "bike":
        _take_bike(page, line, said, last)
    elif kind == "part":
        page.part = line.rstrip(" :")
    elif kind == "more" and page.items:
        _say_more(page.items[-1], line)
    elif kind == "unknown":
        page.items.append(_Item(line, said, place, page.bike, sure=False))
    elif kind == "item":
        things = list(fragments(line))
        if page.part and not said.part_terms:
            things = [f"{page.part} {thing}" for thing in things]
        else:
            page.part = ""
        begun = len(page.items)
        for thing in things:
            page.items.append(_Item(thing, understand(thing), place, page.bike, has_code(thing)))
        _share_bike(page.items[begun:])


def _take_bike(page: _Page, line: str, said: Understood, last: bool) -> None:
    """A bike alone: a heading for what follows, or for everything when it comes at the end."""
    if page.part:
        page.items.append(_Item(f"{page.part} {line}", understand(f"{page.part} {line}"), -1))
        page.items[-1].inline = len(page.items) + 1000
        return
    page.bike = said.bike
    if page.items and (last or listwords.ALL.search(line.casefold())):
        if len(page.items) == 1:
            _say_more(page.items[0], line)
        for item in page.items:
            item.bike = item.bike or said.bike


def _kind(line: str, said: Understood, page: _Page, marked: bool) -> Kind:
    plain = line.casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    if _is_header(plain, words, said):
        return "talk"
    if is_thing(line, said):
        heading = plain.endswith(":") and said.quantity is None and not has_code(line)
        return "part" if heading else "item"
    if said.bike is not None:
        if page.part and not plain.endswith(":"):
            return "item" if said.quantity else "bike"
        return "bike"
    strange = [word for word in words if word not in _chatter() and len(word) > 2]
    if not strange:
        told = said.positions or said.colour or said.sizes or said.quantity
        return "more" if told else "talk"
    if plain.endswith((":", "?")) or len(strange) * 2 < len(words):
        return "talk"
    return "unknown" if marked or said.quantity is not None else "talk"


def _is_header(plain: str, words: Sequence[str], said: Understood) -> bool:
    if not words:
        return False
    first = words[0]
    if first in listwords.NAMES_SOMEBODY and said.quantity is None:
        return True
    about = set(said.part_terms) <= {"list"}
    return first in listwords.HEADERS and about and not has_code(plain) and said.bike is None


def _share_bike(items: Sequence[_Item]) -> None:
    """In one line the bike that is named holds for the others too: "kampas rem sama busi beat"."""
    for ordered in (list(items), list(reversed(items))):
        named: BikeRef | None = None
        for item in ordered:
            named = item.said.bike or named
            item.bike = item.bike or named


def _say_more(item: _Item, line: str) -> None:
    item.text = f"{item.text}, {line}"
    item.said = understand(item.text)


def _two_apart(text: str, items: Sequence[_Item]) -> bool:
    one, other = items
    plain = text.casefold()
    doubt = listwords.SECOND_THOUGHT.search(plain) or listwords.STREET.search(plain)
    piece = any(asks_a_piece_of(*pair) for pair in pairwise(clauses(text)))
    if not (one.sure and other.sure) or doubt or piece:
        return False
    if one.code or other.code:
        return one.code and other.code
    mine, theirs = one.said, other.said
    if set(mine.part_terms) == set(theirs.part_terms) or not (
        mine.part_terms and theirs.part_terms
    ):
        bikes = mine.bike is not None and theirs.bike is not None and mine.bike != theirs.bike
        sides = bool(mine.positions and theirs.positions and mine.positions != theirs.positions)
        return bikes or sides
    return True


def _inline_numbers(lines: Iterable[str]) -> Iterator[str]:
    """ "1. busi 2. oli 3. kampas" in one line: one line each."""
    for line in lines:
        places = [m.start() for m in listwords.INLINE_NUMBER.finditer(line)]
        numbers = [int(m.group(1)) for m in listwords.INLINE_NUMBER.finditer(line)]
        if len(numbers) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            edges = [*places, len(line)]
            yield line[: places[0]]
            yield from (line[a:b] for a, b in pairwise(edges))
        else:
            yield line


def _numbers_its_lines(lines: Sequence[str]) -> bool:
    """Whether bare numbers before the lines count the lines: 1, 2, 3, 4 … or before a tab."""
    found = [re.match(r"\s*(\d{1,3})(\t|\s)\s*\S", line) for line in lines]
    leads = [(int(m.group(1)), m.group(2)) for m in found if m]
    in_order = [number for number, _ in leads] == list(range(1, len(leads) + 1))
    tabbed = len(leads) >= 2 and all(sign == "\t" for _, sign in leads)
    return in_order and (tabbed or len(leads) >= 4)


def _bare(text: str, quantity: int | None) -> str:
    """The line without the number of pieces and the signs around it."""
    kept = text
    if quantity is not None:
        for pattern in listwords.counts(quantity):
            shorter = pattern.sub(" ", kept, count=1)
            if shorter != kept and re.search(r"\w", shorter):
                kept = shorter
                break
    kept = listwords.TRAILING.sub("", listwords.ORDERING.sub("", kept.strip(" ,;=:-*?!.")))
    return re.sub(r"\s+", " ", kept).strip(" ,;=:-*?!.") or text.strip()


@cache
def _chatter() -> frozenset[str]:
    return frozenset(lexicon.load().chatter) | listwords.CHATTER
