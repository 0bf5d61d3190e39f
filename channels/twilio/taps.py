"""Choices as WhatsApp shows them: replies to tap, or a list; made once per shape. Pure.

A Content resource of Twilio holds a shape: how many choices, which of them have a second line, and
into how many pieces the text is cut. Every word of a message is a variable of it. Limits: the
Content API reference (twilio/quick-reply, twilio/list-picker, "Using variables").
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels import render
from crm_core import conversations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_core.conversations import Choice

MAX_TEXT = 1024
MAX_TITLE, MAX_ITEM, MAX_DESCRIPTION, MAX_ITEMS = 20, 24, 72, 10
PIECE = 250
"""Twilio takes 255 characters in a variable, so a longer text fills several."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to tap; ``label`` and ``description`` fit."""

    label: str
    reference: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a Content resource is made for. ``described``: the places with a second line."""

    listed: bool
    count: int
    described: tuple[int, ...]
    pieces: int

    @property
    def definition(self) -> dict[str, Any]:
        """The ``types`` of the resource."""
        body = "".join(f"{{{{t{number}}}}}" for number in range(self.pieces))
        places = range(self.count)
        if not self.listed:
            actions = [
                {"type": "QUICK_REPLY", "title": f"{{{{l{n}}}}}", "id": f"{{{{r{n}}}}}"}
                for n in places
            ]
            return {"twilio/quick-reply": {"body": body, "actions": actions}}
        items = [
            {"item": f"{{{{l{n}}}}}", "id": f"{{{{r{n}}}}}"}
            | ({"description": f"{{{{d{n}}}}}"} if n in self.described else {})
            for n in places
        ]
        return {"twilio/list-picker": {"body": body, "button": "{{b}}", "items": items}}

    @property
    def name(self) -> str:
        """The same for the same definition, so that a lost record is found again."""
        digest = hashlib.sha256(json.dumps(self.definition, sort_keys=True).encode()).hexdigest()
        kind = "list" if self.listed else "replies"
        return f"sapa-{kind}-{self.count}-{self.pieces}-{digest[:12]}"

    @property
    def samples(self) -> dict[str, str]:
        """A value for every variable, as Twilio asks for."""
        values = {f"t{number}": "Mau yang mana?" for number in range(self.pieces)}
        for place in range(self.count):
            values |= {f"l{place}": f"Pilihan {place + 1}", f"r{place}": f"m1.{place}"}
        values |= {f"d{place}": "Rp 50.000" for place in self.described}
        return values | ({"b": "Lihat pilihan"} if self.listed else {})


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with things to tap."""

    shape: Shape
    variables: dict[str, str]


def shown(text: str, choices: Sequence[Choice], message_id: int, list_button: str) -> Shown | None:
    """The message as WhatsApp can show it; None where only numbered text will do.

    That is: no choices or more than ten, a text over 1,024 signs, words that do not fit or would
    look the same once cut.
    """
    rows = _rows(choices, message_id)
    if not rows or not text.strip() or len(text) > MAX_TEXT:
        return None
    listed = (
        len(rows) > render.MAX_BUTTONS
        or any(row.description for row in rows)
        or any(len(row.label) > MAX_TITLE for row in rows)
    )
    pieces = cut(_safe(text))
    described = tuple(place for place, row in enumerate(rows) if row.description)
    variables = {f"t{number}": piece for number, piece in enumerate(pieces)}
    for place, row in enumerate(rows):
        variables |= {f"l{place}": _safe(row.label), f"r{place}": row.reference}
        if row.description:
            variables[f"d{place}"] = _safe(row.description)
    if listed:
        variables["b"] = list_button[:MAX_TITLE]
    return Shown(Shape(listed, len(rows), described, len(pieces)), variables)


def cut(text: str, most: int = PIECE) -> list[str]:
    """Pieces of at most ``most`` signs that make ``text`` again when put together.

    No piece begins or ends with a space or line break: those may be lost at the edge of a variable.
    """
    pieces, rest = [], text.strip()
    while len(rest) > most:
        end = most
        while end > 1 and (rest[end - 1].isspace() or rest[end].isspace()):
            end -= 1
        pieces.append(rest[:end])
        rest = rest[end:]
    return [*pieces, rest]


def _rows(choices: Sequence[Choice], message_id: int) -> tuple[Row, ...]:
    """The choices cut to WhatsApp's widths; empty if one of them cannot be."""
    if not 1 <= len(choices) <= MAX_ITEMS:
        return ()
    rows = []
    for place, choice in enumerate(choices):
        reference = conversations.tap_reference(message_id, place)
        label, more = " ".join(choice.label.split()), " ".join((choice.description or "").split())
        if len(label) > MAX_ITEM:  # the whole of it goes to the second line
            more = f"{label} - {more}" if more else label
            label = _clipped(label)
        if not label or len(more) > MAX_DESCRIPTION:
            return ()
        rows.append(Row(label, reference, more or None))
    return tuple(rows) if len({row.label for row in rows}) == len(rows) else ()


def _clipped(label: str) -> str:
    whole_words = label[: MAX_ITEM - 1].rpartition(" ")[0]
    return (whole_words if len(whole_words) >= MAX_ITEM // 2 else label[: MAX_ITEM - 1]) + "…"


def _safe(text: str) -> str:
    """Without what Twilio has refused in variables (21656): straight apostrophes, braces."""
    return text.replace("'", "’").replace("{{", "{ {").replace("}}", "} }")
