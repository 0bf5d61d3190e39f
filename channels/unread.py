"""Messages that the assistant cannot read: each gets a kind answer, what was open stays open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from channels import i18n
from crm_core import conversations, customers, notices
from crm_core.conversations import Choice, Draft, rules
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from channels.context import Context
    from crm_core.conversations import Work
    from crm_core.customers import Customer

SILENT = frozenset({"voice", "video", "document", "contact", "sticker", "reaction", "other"})
"""Kinds that say nothing to the assistant."""
WORTH_A_PERSON = frozenset({"voice", "video", "document", "contact", "other"})
"""Kinds that somebody meant to tell us something by."""
PERSON = "/talk_to_human"
_FOR_NOW = re.compile(r"\b(?:dulu|dlu|cukup|sekian|enough)\b", re.IGNORECASE)
"""Who ends the talk for now has not asked to be left alone."""


def answer(here: Context, work: Work) -> Draft | None:
    """The answer to a turn without anything that can be read; None if the assistant is to read it.

    The choices on offer come again, so "2" still means what it meant.
    """
    if work.internal_payload or work.tapped_payload or work.media_ids or not work.kinds:
        return None
    place = rules.only_a_place(work.text.strip())
    if work.text.strip() and not place:
        return None
    kind = "location" if place else _worst(work.kinds)
    if kind is None:
        return None
    with here.unit_of_work() as session:
        text = _said(session, work, f"got_{kind}")
        label = i18n.text("phone.person", _spoken(session, work).language)
    person = kind in WORTH_A_PERSON and not work.choices
    return Draft(text, (Choice(label, PERSON),) if person else work.choices)


def with_hint(here: Context, work: Work, said: Draft) -> Draft:
    """``said`` and what else the customer should know: that a voice note beside the words was not
    heard, or what "stop" has ended and what it has not."""
    kind = _worst(kind for kind in work.kinds if kind in WORTH_A_PERSON)
    if kind is None and not _stops(work):
        return said
    with here.unit_of_work() as session:
        hint = _said(session, work, f"got_{kind}") if kind else _chat_ended(session, work)
    return Draft(f"{said.text}\n\n{hint}" if said.text.strip() else hint, said.choices)


def _stops(work: Work) -> bool:
    """Whether a bare "stop" was said, and was no answer to what was on offer."""
    chose = rules.pick_choice(work.text, work.quoted_choices or work.choices) is not None
    stops = not chose and not work.tapped_payload and rules.wants_to_end(work.text) == "chat"
    return stops and not _FOR_NOW.search(work.text)


def _chat_ended(session: Session, work: Work) -> str:
    """A bare "stop" ends promotions too, if there are any: nobody should have to ask twice."""
    customer = _spoken(session, work)
    if not customer.promo_consent:
        return _said(session, work, "chat_ended")
    customers.set_consent(session, customer, promo=False, actor=Actor.customer(customer))
    return _said(session, work, "chat_and_promo_ended")


def _worst(kinds: Iterable[str]) -> str | None:
    """The kind to speak of: the last that somebody meant to tell us something by."""
    known = [kind for kind in kinds if kind in SILENT]
    telling = [kind for kind in known if kind in WORTH_A_PERSON]
    found = telling or known
    return found[-1] if found else None


def _spoken(session: Session, work: Work) -> Customer:
    return conversations.by_id(session, work.conversation_id).customer


def _said(session: Session, work: Work, code: str) -> str:
    spoken = _spoken(session, work)
    return notices.render(code, spoken.language, spoken.honorific)
