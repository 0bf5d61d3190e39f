"""One message model, rendered per channel: buttons where there are buttons, else numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_core.conversations import Choice

Ability = Literal["buttons", "text"]

MAX_BODY = 1600
"""Twilio's limit per message on every channel (error 21617), in characters."""
MAX_BUTTONS = 3
"""WhatsApp shows at most three quick replies; more become a list."""
_BOLD = re.compile(r"(?<!\w)\*([^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)")
_BREAKS = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True, slots=True)
class Button:
    """``payload`` comes back when it is tapped; the core takes only what it has offered there."""

    label: str
    payload: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """``style`` says how buttons are shown: ``none``, ``buttons`` (up to 3) or ``list``."""

    body: str
    buttons: tuple[Button, ...] = ()
    style: Literal["none", "buttons", "list"] = "none"


def ability_of(channel: str, provider: str) -> Ability:
    """Whether choices can be tapped there.

    Twilio's WhatsApp shows them through Content resources (``twilio/taps.py``); numbers are what
    it gets where those will not do.
    """
    tappable = channel == "web" or (channel == "whatsapp" and provider == "loopback")
    return "buttons" if tappable else "text"


def render(
    text: str, choices: Sequence[Choice], ability: Ability, *, markup: bool = True
) -> Rendered:
    """The message as that channel shows it; without ``markup`` the stars of *bold* are left out."""
    if not markup:
        text = _BOLD.sub(r"\1", text)
    if not choices:
        return Rendered(text)
    if ability == "text":
        return Rendered(numbered(text, choices))
    buttons = tuple(Button(choice.label, choice.payload, choice.description) for choice in choices)
    detailed = any(choice.description for choice in choices)
    listed = detailed or len(choices) > MAX_BUTTONS or any(len(c.label) > 24 for c in choices)
    return Rendered(text, buttons, "list" if listed else "buttons")


def numbered(text: str, choices: Sequence[Choice]) -> str:
    """The text with the choices as ``1. …`` lines below it."""
    lines = [
        f"{number}. {choice.label}" + (f" - {choice.description}" if choice.description else "")
        for number, choice in enumerate(choices, start=1)
    ]
    return "\n".join([text, "", *lines] if text else lines)


def split(body: str, limit: int = MAX_BODY) -> list[str]:
    """Cut a long body into parts of at most ``limit`` characters, at the best break there is."""
    parts = []
    rest = body
    while len(rest) > limit:
        window = rest[: limit + 1]
        cut = next(
            (at + len(mark) for mark in _BREAKS if (at := window.rfind(mark)) > limit // 3), limit
        )
        cut = min(cut, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip("\n ")
    return [part for part in [*parts, rest] if part] or [""]
