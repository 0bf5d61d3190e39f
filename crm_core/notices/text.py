"""Notices: one text per code and language, filled with facts of the moment."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from crm_core import clock, honorifics
from crm_core.money import Rupiah, format_rupiah

LANGUAGES = ("id", "en")
_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def render(code: str, language: str, honorific: str | None = None, **facts: Any) -> str:
    """The text of notice ``code`` in "id" or "en" (any other language: Indonesian).

    ``honorific`` is how the customer is spoken to in Indonesian; None is Kak.

    Money (Rupiah) and times (aware datetime) among ``facts`` are written as people in Pontianak
    read them. Facts that the text does not name are ignored. Raises KeyError for an unknown code
    or a missing fact: both are mistakes of ours, not of a customer.
    """
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    template = _texts(spoken)[code]
    filled = {name: written(fact, spoken) for name, fact in facts.items()}
    return template.format_map(filled | honorifics.forms(honorific))


def source(code: str, language: str) -> str:
    """The text of a notice before it is filled; KeyError for an unknown code."""
    return _texts(language)[code]


def codes() -> frozenset[str]:
    """All notices there are."""
    return frozenset(_texts(LANGUAGES[0]))


def placeholders(code: str, language: str) -> frozenset[str]:
    """The facts that a notice names in a language; how one is spoken to is none of them."""
    parts = Formatter().parse(_texts(language)[code])
    return frozenset(name for _, name, _, _ in parts if name) - honorifics.forms(None).keys()


@cache
def pattern(code: str) -> re.Pattern[str]:
    """What matches every text of notice ``code``, in any language; group ``order_code`` if named.

    For an audit of what was said. Raises KeyError for an unknown code.
    """
    written_as = [_as_pattern(_texts(language)[code]) for language in LANGUAGES]
    # One name may stand for one group only, so the languages share it by a look ahead.
    order = (
        r"(?=.*?(?P<order_code>\b[A-Z]-[0-9A-Z]+))" if "{order_code}" in _texts("id")[code] else ""
    )
    return re.compile(order + "(?:" + "|".join(written_as) + ")", re.DOTALL)


def _as_pattern(template: str) -> str:
    parts = Formatter().parse(template)
    return "".join(re.escape(words) + (".+?" if name else "") for words, name, _, _ in parts)


@cache
def _texts(language: str) -> dict[str, str]:
    text = Path(__file__).with_name(f"texts.{language}.yml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    return {str(code): str(sentence).strip() for code, sentence in loaded.items()}


def written(fact: Any, language: str) -> str:
    """A fact as people in Pontianak read it in "id" or "en": money, a time, or its own text."""
    if isinstance(fact, Rupiah):
        return format_rupiah(fact)
    if isinstance(fact, datetime):
        moment = clock.local(fact)
        day, month = _DAYS[language][moment.weekday()], _MONTHS[language][moment.month - 1]
        hours = moment.strftime("%H.%M" if language == "id" else "%H:%M")
        return f"{day}, {moment.day} {month} {hours} WIB"
    return str(fact)
