"""Goods that shall come back: which order, which part, how many, why; then a return with a number.

What is not said is asked with choices. Each choice is the same wish with one fact more, so the
steps need no form; the words of the wish wait in the slot ``complaint_text``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from actions.reply import Option, Reply, ask, command, say
from actions.showing import short
from crm_core import catalogue, clock, complaints, orders, returns, shop
from crm_core.codes import ORDER, RETURN, read_code
from crm_core.errors import Conflict
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.orders import Order
    from crm_core.returns import Return, Returnable

PHOTO = "return_photo"
"""Value of the slot ``complaint_goal`` after a return was written down: a photo belongs to it."""
LATEST = 10
TELLING = timedelta(minutes=30)
"""So long after a complaint a photo without words belongs to it. Our choice."""
MOST_CHOICES = 5
_WORD = re.compile(r"[a-z0-9]{3,}")
_ALL = re.compile(r"\b(?:semua\w*|smua\w*|all|both|dua2nya|dua-duanya)\b", re.IGNORECASE)
_LATE = frozenset({"return_too_late", "no_warranty"})


def begin(session: Session, turn: Turn, text: str) -> Reply | None:
    """Write a return down, or ask for what is missing; None if nothing of theirs can come back."""
    if turn.angry:
        return None  # a person takes it up, with the whole story
    sent = [
        order
        for order in orders.of_customer(session, turn.customer, limit=LATEST)
        if returns.returnable(session, order)
    ]
    named = turn.entity("order_code") if turn.tapped else read_code(text, ORDER)
    if named:
        meant = orders.by_code(session, str(named), customer=turn.customer)
        sent = [order for order in sent if order.id == meant.id]
    if not sent:
        return None
    if len(sent) > 1:
        return _keep(turn, text, _which_order(sent))
    return _of_order(session, turn, text, sent[0])


def _of_order(session: Session, turn: Turn, text: str, order: Order) -> Reply:
    lines = returns.returnable(session, order)
    part_code = turn.entity("part_code") if turn.tapped else None
    line = next((one for one in lines if one.part_code == part_code), None) or _named(lines, text)
    if line is None:
        return _keep(turn, text, _which_part(order, lines))
    count = _count(turn, text, line)
    if count is None:
        return _keep(turn, text, _how_many(order, line))
    return _write_down(session, turn, text, order, line, count)


def _write_down(
    session: Session, turn: Turn, text: str, order: Order, line: Returnable, count: int
) -> Reply:
    try:
        made = returns.ask(
            session,
            order,
            {line.part_code: count},
            kind=returns.kind_for(session, order, line.part_code, text),
            reason=text or turn.words.line("return_no_reason"),
            actor=turn.actor,
            media_ids=_media(turn),
            conversation_id=turn.conversation.id,
        )
    except Conflict as refused:
        if refused.code not in _LATE:
            raise
        options = [turn.option("person", "talk_to_human")]
        reply = ask("utter_return_too_late", options, awaiting="offer_human", name=short(line.name))
        return _done(reply)
    photo = "" if made.photos else turn.words.line("return_photo_please")
    reply = say(
        "utter_return_asked",
        code=made.return_code,
        count=count,
        name=short(line.name),
        order_code=order.order_code,
        when=turn.words.moment(shop.promise(session, clock.now())),
        photo=photo,
    )
    return _done(reply).remember(complaint_goal=PHOTO)


def photo(session: Session, turn: Turn) -> Reply | None:
    """A photo after a return was written down belongs to it; None if there is none."""
    if not turn.media_ids or turn.slots.get("complaint_goal") != PHOTO:
        return None
    latest = next(iter(returns.of_customer(session, turn.customer, limit=1)), None)
    if latest is None or latest.state not in returns.OPEN:
        return None
    returns.add_photos(session, latest, turn.media_ids, turn.actor)
    return say("utter_return_photo", code=latest.return_code)


def photo_of_complaint(session: Session, turn: Turn) -> Reply | None:
    """A photo after a complaint was noted in this talk belongs to it; None if there is none.

    Photos of payments go before: an order that waits for money is asked about first.
    """
    latest = next(
        iter(complaints.of_customer(session, turn.customer, limit=1, only_unsettled=True)), None
    )
    fresh = latest is not None and latest.conversation_id == turn.conversation.id
    if latest is None or not fresh or latest.created_at < clock.now() - TELLING:
        return None
    complaints.add_note(session, latest, turn.words.line("photo_sent"), actor=turn.actor)
    return say("utter_complaint_noted", code=latest.complaint_code)


def status(session: Session, turn: Turn) -> Reply | None:
    """How far the return is that the turn names; None if it names none."""
    code = read_code(turn.typed, RETURN)
    if not code:
        return None
    return status_of(session, turn, returns.by_code(session, code, customer=turn.customer))


def status_of(session: Session, turn: Turn, found: Return) -> Reply:
    """The state of a return as a sentence with what happens next."""
    view = returns.view(session, found)
    state = f"return_{view.state}" if view.outcome is None else f"return_{view.outcome}"
    return say(
        "utter_return_status",
        code=view.return_code,
        goods=", ".join(f"{line.quantity}× {short(line.name)}" for line in view.lines),
        state=turn.words.line(
            state,
            amount=format_rupiah(view.amount_idr or 0),
            order_code=view.new_order_code or "-",
            reason=view.decision_reason or "-",
        ),
    )


def _named(lines: Sequence[Returnable], text: str) -> Returnable | None:
    """The one line, or the one whose name the words share most with."""
    if len(lines) == 1:
        return lines[0]
    said = set(_WORD.findall(text.casefold()))
    scores = [len(said & set(_WORD.findall(line.name.casefold()))) for line in lines]
    best = max(scores)
    return lines[scores.index(best)] if best and scores.count(best) == 1 else None


def _count(turn: Turn, text: str, line: Returnable) -> int | None:
    if line.left == 1:
        return 1
    said = turn.number("quantity") if turn.tapped and turn.entity("quantity") else None
    if said is None:
        said = line.left if _ALL.search(text) else catalogue.find_quantity(text)
    return said if said is not None and 1 <= said <= line.left else None


def _which_order(sent: Sequence[Order]) -> Reply:
    options = [
        Option(
            order.order_code,
            command("return_part", order_code=order.order_code),
            ", ".join(short(line.name) for line in order.lines)[:70],
        )
        for order in sent[:MOST_CHOICES]
    ]
    return ask("utter_return_which_order", options, awaiting="which_order")


def _which_part(order: Order, lines: Sequence[Returnable]) -> Reply:
    options = [
        Option(
            short(line.name),
            command("return_part", order_code=order.order_code, part_code=line.part_code),
        )
        for line in lines[: MOST_CHOICES * 2]
    ]
    return ask("utter_return_which_part", options, code=order.order_code)


def _how_many(order: Order, line: Returnable) -> Reply:
    options = [
        Option(
            str(count),
            command(
                "return_part",
                order_code=order.order_code,
                part_code=line.part_code,
                quantity=count,
            ),
        )
        for count in sorted({*range(1, min(line.left, MOST_CHOICES) + 1), line.left})
    ]
    return ask("utter_return_how_many", options, name=short(line.name), left=line.left)


def _media(turn: Turn) -> list[int]:
    kept = turn.slots.get("media_ids") or ()
    return list(dict.fromkeys((*kept, *turn.media_ids)))


def _keep(turn: Turn, text: str, reply: Reply) -> Reply:
    """``reply`` that keeps the wish until its question is answered."""
    return reply.remember(
        complaint_text=text, complaint_goal="return_part", media_ids=_media(turn) or None
    ).end_form()


def _done(reply: Reply) -> Reply:
    return reply.forget("complaint_text", "complaint_goal", "media_ids", "message_ids")
