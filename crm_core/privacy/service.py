"""Giving a customer all that is stored about them, and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, case, cast, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from crm_core import clock, customers, orders, timeline
from crm_core.conversations import Conversation, Media, Message, StatusCallback, Turn
from crm_core.customers import ChannelAddress, Customer
from crm_core.effects import Effect
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.handoffs import Handoff
from crm_core.identity.models import PhoneCode
from crm_core.phone import to_e164
from crm_core.privacy import closure, leftovers
from crm_core.privacy.forgetting import CLEARED, REMOVED
from crm_core.timeline import Actor

SECRETS = frozenset({"code_hash", "sms_code_hash", "token_hash"})
"""Columns that prove something and tell nothing: not part of an export."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten, and what outside of the database is noted to follow: ``files`` below
    the data folder, the dialogues of ``conversations`` (public ids) and, by provider, messages."""

    rows: Mapping[str, int]
    files: tuple[str, ...]
    conversations: tuple[str, ...]
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find(session: Session, who: str) -> Customer:
    """The customer with this public id, phone number, e-mail or channel address.

    Raises NotFound ("customer_not_found"), Conflict ("customer_ambiguous", ids) when a number
    belongs to several.
    """
    who = who.strip()
    try:
        return customers.by_public_id(session, who)
    except NotFound:
        pass
    try:
        number = to_e164(who)
    except InvalidInput:
        number = who
    addresses = [who, f"whatsapp:{number}", f"sms:{number}"]
    at = select(ChannelAddress.customer_id).where(ChannelAddress.address.in_(addresses))
    known = or_(Customer.phone == number, Customer.email == who.lower(), Customer.id.in_(at))
    query = select(Customer).where(known, Customer.merged_into_id.is_(None))
    found = session.scalars(query.order_by(Customer.id)).all()
    if not found:
        raise NotFound("customer_not_found")
    if len(found) > 1:
        raise Conflict("customer_ambiguous", ids=[one.public_id for one in found])
    return found[0]


def export(session: Session, customer: Customer) -> dict[str, Any]:
    """Everything stored about the customer, as JSON values: rows by table, their history, files."""
    ids = customers.ids_of(session, customer)
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, about in closure.of(session, ids).items():
        found = session.execute(select(table).where(about)).mappings().all()
        if found:
            rows[table.name] = [_json_row(dict(row)) for row in found]
    history = timeline.entries(session, customer_ids=ids, limit=100_000)
    return {
        "customer": customer.public_id,
        "exported_at": clock.now().isoformat(),
        "tables": rows,
        "history": [
            {"at": one.at.isoformat(), "subject": one.subject, "action": one.action}
            for one in history
        ],
        "files": [path for media in rows.get("media", ()) if (path := media.get("path"))],
    }


def give(session: Session, customer: Customer, *, actor: Actor) -> dict[str, Any]:
    """The export for somebody to hand to the customer; that it was made is on record."""
    given = export(session, customer)
    timeline.record(
        session,
        subject="customer",
        subject_id=customer.id,
        action="exported",
        actor=actor,
        customer_id=customer.id,
        facts={"rows": sum(map(len, given["tables"].values()))},
    )
    return given


def erase(session: Session, customer: Customer, *, actor: Actor) -> Erased:
    """Forget the customer: nothing that is left says who they were; the books still add up.

    Raises Conflict ("orders_open", codes) while something is ordered and not finished.
    """
    held = session.get_one(Customer, customer.id, with_for_update=True, populate_existing=True)
    waiting = orders.of_customer(session, held, limit=100, only_open=True)
    if waiting:
        raise Conflict("orders_open", codes=[order.order_code for order in waiting])
    ids = customers.ids_of(session, held)
    found = closure.of(session, ids)
    needles = _needles(session, found)
    outside = _outside(session, found)
    _end_talks(session, found)
    rows = {table.name: _forget(session, table, found) for table in reversed(list(found))}
    _forget_traces(session, needles, outside.messages)
    leftovers.leave(
        session,
        files=outside.files,
        conversations=outside.conversations,
        messages=outside.messages,
    )
    session.expire_all()
    timeline.record(
        session,
        subject="customer",
        subject_id=customer.id,
        action="erased",
        actor=actor,
        customer_id=customer.id,
        facts={"rows": sum(rows.values())},
    )
    kept = {name: count for name, count in rows.items() if count}
    return Erased(kept, outside.files, outside.conversations, outside.messages)


def _forget(session: Session, table: Table, found: closure.Found) -> int:
    about = found[table]
    if table.name in REMOVED:
        return _count(session.execute(delete(table).where(about)))
    values = dict(CLEARED.get(table.name, {}))
    if table.name == ChannelAddress.__tablename__:
        gone = table.c.channel + literal(":erased-") + cast(table.c.id, table.c.address.type)
        values = {"address": gone, "stopped_at": clock.now(), "closed_at": clock.now()}
    if table.name == "mails":  # the key by which a letter is sent once holds its address
        values["once"] = literal("erased-") + cast(table.c.id, table.c.once.type)
    if table.name == "comments":
        values["answer"] = case((table.c.answer.is_(None), None), else_="-")
    if not values:
        return 0
    return _count(session.execute(update(table).where(about).values(values)))


def _end_talks(session: Session, found: closure.Found) -> None:
    """Nobody speaks any more: hand-offs are over, turns and words on their way are dropped."""
    now = clock.now()
    talks = found.get(_table(Conversation))
    if talks is None:
        return
    ids = list(session.scalars(select(Conversation.id).where(talks).with_for_update()))
    open_ = (Handoff.conversation_id.in_(ids), Handoff.state != "returned")
    session.execute(update(Handoff).where(*open_).values(state="returned", returned_at=now))
    talk = update(Conversation).where(Conversation.id.in_(ids))
    values = {"handler": "bot", "agent_id": None, "epoch": Conversation.epoch + 1}
    session.execute(talk.values(values))
    running = (Turn.conversation_id.in_(ids), Turn.state.in_(("pending", "running")))
    session.execute(update(Turn).where(*running).values(state="dropped", finished_at=now))
    own = Message.conversation_id.in_(ids)
    session.execute(update(Message).where(own, Message.awaits_bot).values(awaits_bot=False))
    queued = (own, Message.status.in_(("queued", "failed", "unknown")))
    session.execute(update(Message).where(*queued).values(status="dropped"))


def _outside(session: Session, found: closure.Found) -> Erased:
    """What lies elsewhere: files, dialogues of the assistant, messages at providers."""
    files = _column(session, found, Media, Media.path)
    talks = _column(session, found, Conversation, Conversation.public_id)
    sent: dict[str, list[str]] = {}
    about = found.get(_table(Message))
    if about is not None:
        known = select(Message.provider, Message.provider_id).where(about)
        for provider, sid in session.execute(known.where(Message.provider_id.is_not(None))):
            sent.setdefault(provider, []).append(str(sid))
    return Erased({}, files, talks, {name: tuple(sids) for name, sids in sent.items()})


def _forget_traces(
    session: Session, needles: list[str], messages: Mapping[str, tuple[str, ...]]
) -> None:
    """What names the customer without a foreign key: reports of providers, codes to their number,
    stored answers of programs."""
    for provider, sids in messages.items():
        about = (StatusCallback.provider == provider, StatusCallback.provider_id.in_(sids))
        session.execute(update(StatusCallback).where(*about).values(raw={}))
    numbers = [needle for needle in needles if needle.startswith("+")]
    session.execute(delete(PhoneCode).where(PhoneCode.phone.in_(numbers)))
    if needles:
        text = cast(Effect.result, _table(Effect).c.key.type)
        named = or_(*[text.contains(needle, autoescape=True) for needle in needles])
        session.execute(update(Effect).where(named).values(result={}))


def _needles(session: Session, found: closure.Found) -> list[str]:
    """The words by which the customer is known: numbers, names, e-mail, ids of browsers."""
    row = session.execute(
        select(Customer.name, Customer.phone, Customer.email).where(found[_table(Customer)])
    ).all()
    words = {word for one in row for word in one if word and len(word) >= 4}
    for address in _column(session, found, ChannelAddress, ChannelAddress.address):
        words.add(address.partition(":")[2])
    return sorted(words)


def _column(session: Session, found: closure.Found, model: Any, column: Any) -> tuple[str, ...]:
    about = found.get(_table(model))
    if about is None:
        return ()
    return tuple(session.scalars(select(column).where(about, column.is_not(None))))


def _table(model: Any) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - mapped to tables only
    return table


def _count(done: Any) -> int:
    return int(getattr(done, "rowcount", 0))


def _json_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _json(value) for name, value in row.items() if name not in SECRETS}


def _json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | list | dict):
        return value
    return str(value)
