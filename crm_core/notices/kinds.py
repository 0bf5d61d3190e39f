"""What kind of message a notice is, and its form as a template that WhatsApp approves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from crm_core import honorifics
from crm_core.notices.text import LANGUAGES, codes, source, written

LONGEST = 250
"""Signs of one fact in a template; Twilio takes 255 in a variable."""
_GREETING = {"id": "Halo ", "en": "Hi "}


@dataclass(frozen=True, slots=True)
class Template:
    """A notice as WhatsApp reviews it: ``body`` with ``{{fact}}``, a sample for each of them."""

    notice: str
    language: str
    category: str
    body: str
    samples: dict[str, str]

    @property
    def name(self) -> str:
        """Changes with the words: other words are another template, to be approved anew."""
        digest = hashlib.sha256(self.body.encode()).hexdigest()[:8]
        return f"sapa_{self.notice}_{self.language}_{digest}"


@cache
def template(notice: str, language: str) -> Template | None:
    """The template of a notice in "id" or "en" (others: "id"); None if it never is one.

    WhatsApp wants no variable at the start, so those that begin with the customer greet first.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    kinds = _kinds()
    if notice in kinds["never"]:
        return None
    text = source(notice, language)
    greeted = _GREETING[language] + text if text.startswith("{") else text
    parts = list(Formatter().parse(greeted))
    body = "".join(words + (f"{{{{{name}}}}}" if name else "") for words, name, _, _ in parts)
    samples = {name: str(kinds["samples"].get(name, name)) for _, name, _, _ in parts if name}
    category = "marketing" if notice in kinds["marketing"] else "utility"
    return Template(notice, language, category, body, samples)


def templates() -> list[Template]:
    """All of them, in both languages."""
    made = [template(code, language) for code in sorted(codes()) for language in LANGUAGES]
    return [one for one in made if one is not None]


def facts_written(
    notice: str, language: str, honorific: str | None, facts: dict[str, object]
) -> dict[str, str]:
    """The facts that a notice names, as they stand in its text and fit into a template: in one
    line, none of them empty."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    every = {name: written(fact, spoken) for name, fact in facts.items()}
    every |= honorifics.forms(honorific)
    named = {name for _, name, _, _ in Formatter().parse(source(notice, spoken)) if name}
    return {name: _one_line(every[name]) for name in sorted(named)}


def is_perishable(notice: str | None) -> bool:
    """Whether it is not worth saying any more once it could not be said in time."""
    return notice is None or notice in _kinds()["perishable"]


def is_unasked(notice: str | None) -> bool:
    """Whether the shop says it of its own accord: a reminder, an offer."""
    return notice is not None and notice in _kinds()["unasked"]


def _one_line(fact: str) -> str:
    line = " ".join(fact.replace("'", "’").split())
    return (line if len(line) <= LONGEST else line[: LONGEST - 1] + "…") or "-"


@cache
def _kinds() -> dict[str, Any]:
    text = Path(__file__).with_name("kinds.yml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    return {str(name): value for name, value in loaded.items()}
