"""The words of e-mails: a subject and paragraphs per language, as plain text and as HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import yaml

from crm_core import honorifics
from crm_core.notices import LANGUAGES, written

Row = tuple[str, object]
"""What it is for, and how much (Rupiah)."""


@dataclass(frozen=True, slots=True)
class Written:
    """One e-mail, ready to be sent: no line breaks in the subject."""

    subject: str
    text: str
    html: str


def write(
    code: str,
    language: str,
    honorific: str | None = None,
    rows: Sequence[Row] = (),
    link: str | None = None,
    **facts: object,
) -> Written:
    """The e-mail ``code`` in "id" or "en" (any other language: Indonesian).

    Money and times among ``facts`` and ``rows`` are written as people in Pontianak read them. The
    paragraph ``{rows}`` becomes one line, or one row of a table, for each; a paragraph that names
    ``{link}`` is left out without one. Raises KeyError for an unknown code or a missing fact.
    """
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    template = texts(spoken)[code]
    values = {name: _line(written(fact, spoken)) for name, fact in facts.items()}
    values |= honorifics.forms(honorific)
    amounts = [(_line(label), written(amount, spoken)) for label, amount in rows]
    subject = template["subject"].format_map(values)
    text, html = [], []
    for part in template["body"].strip().split("\n\n"):
        if part.strip() == "{rows}":
            text.append("\n".join(f"{label}: {amount}" for label, amount in amounts))
            html.append(_table(amounts))
        elif "{link}" in part:
            if link:
                text.append(part.format_map({**values, "link": link}).strip())
                html.append(_paragraph(part.format_map({**values, "link": ""}), link))
        else:
            said = part.format_map(values).strip()
            text.append(said)
            html.append(_paragraph(said))
    return Written(subject, "\n\n".join(text) + "\n", _page(spoken, subject, "\n".join(html)))


@cache
def texts(language: str) -> dict[str, dict[str, str]]:
    """Every e-mail of a language: code → subject and body."""
    text = Path(__file__).with_name(f"texts.{language}.yml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


def _line(text: str) -> str:
    """What people typed, kept to one line: it may stand in a subject."""
    return " ".join(text.split())


def _paragraph(said: str, link: str | None = None) -> str:
    """Words as HTML; with ``link`` they end in it, the whole address to be read and tapped."""
    shown = escape(said.strip()).replace("\n", "<br>")
    if link is not None:
        address = escape(link)
        shown += (
            f'<br><a href="{address}" style="color:#0d5f58;overflow-wrap:anywhere">{address}</a>'
        )
    return f"<p>{shown}</p>"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="padding:4px 16px 4px 0">{escape(label)}</td>'
        f'<td style="padding:4px 0;text-align:right;white-space:nowrap">{escape(amount)}</td></tr>'
        for label, amount in rows
    )
    return f'<table style="border-collapse:collapse;margin:8px 0">{cells}</table>'


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head>"
        '<body style="margin:0;padding:24px;background:#f4f5f7;color:#1c2733;'
        'font:16px/1.5 -apple-system,Segoe UI,Roboto,Arial,sans-serif">'
        '<div style="max-width:560px;margin:auto;padding:24px;background:#fff;border-radius:8px">'
        f"{body}</div></body></html>\n"
    )
