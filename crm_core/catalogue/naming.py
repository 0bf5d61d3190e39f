"""Bikes named in a part's own name, and in a price list's column of models. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.text import tokens

_YEARS = re.compile(r"\(?\b((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)?\)?")


@dataclass(frozen=True, slots=True)
class Stated:
    """One stated bike; None means every generation, or no limit of years."""

    model: str
    generation: str | None = None
    year_from: int | None = None
    year_to: int | None = None


def take(masks: list[int], rows: int, *, by_code: bool) -> None:
    """Note a mention; a platform code ("(K81)") narrows the model before it."""
    if by_code:
        for at in reversed(range(len(masks))):
            if masks[at] & rows:
                masks[at] &= rows
                return
    masks.append(rows)


def named_rows(table: BikeTable, name: str) -> tuple[int, list[list[str]]]:
    """The mask of all bikes in a part's name, and its words without them, clause by clause."""
    masks: list[int] = []
    rest: list[list[str]] = []
    for _, group in groupby(tokens(name), key=lambda token: token.clause):
        words = [token.text for token in group]
        taken: set[int] = set()
        for mention in table.mentions(words):
            taken.update(range(mention.start, mention.end))
            take(masks, mention.rows, by_code=mention.by_code)
        rest.append([word for at, word in enumerate(words) if at not in taken])
    rows = 0
    for mask in masks:
        rows |= mask
    return rows, rest


def kind_rows(table: BikeTable, kinds: Mapping[str, frozenset[str]], words: Iterable[str]) -> int:
    """The mask of a kind of bike ("matic") that a name gives in place of models; 0 if none."""
    said = kinds.keys() & set(words)
    if not said:
        return 0
    families = frozenset().union(*(kinds[word] for word in said))
    every = (1 << len(table.rows)) - 1
    return table.only(every, lambda row: row.model.lower().split()[0] in families)


def models_in_name(table: BikeTable, name: str) -> tuple[Stated, ...]:
    """The bikes that a part's name states."""
    rows, _ = named_rows(table, name)
    return tuple(Stated(model, generation or None) for model, generation in table.spans(rows))


def stated_models(table: BikeTable, said: str | Iterable[str]) -> tuple[Stated, ...]:
    """The bikes of a list "Vario 125 (2018-2022); Beat Karbu"; unknown ones as they are written."""
    if isinstance(said, str):
        said = re.split(r"[;|\n]|,(?![^()]*\))", said)
    out: dict[Stated, None] = {}
    for entry in said:
        text = str(entry).strip()
        if not text:
            continue
        years = _YEARS.search(text)
        low = int(years.group(1)) if years else None
        high = int(years.group(2)) if years and years.group(2) else None
        plain = _YEARS.sub(" ", text)
        rows = table.titled(plain) or named_rows(table, plain)[0]
        spans = table.spans(rows) or [(text[:80], None)]
        for model, generation in spans:
            out[Stated(model, generation or None, low, high)] = None
    return tuple(out)
