"""The verbs of returns but the settling: asked for, decided, received, or thought better of.

Locks: order → return → stock. Pieces never come back twice: what other returns hold is counted
under the order's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, codes, conversations, orders, payments, shop, stock, timeline
from crm_core.conversations.models import Conversation, Media, Message
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders import Order, OrderLine, OrderState
from crm_core.returns import rules
from crm_core.returns.models import Return, ReturnLine, ReturnMedia
from crm_core.returns.queries import return_days, sold_lines
from crm_core.returns.rules import STATES, Condition, ReturnKind, ReturnState
from crm_core.timeline import Actor

SENT = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})
"""Only what has left the house can come back."""


def ask(
    session: Session,
    order: Order,
    wanted: Mapping[str, int],
    *,
    kind: ReturnKind | str,
    reason: str,
    actor: Actor,
    media_ids: Sequence[int] = (),
    conversation_id: int | None = None,
) -> Return:
    """Write down what somebody wants to send back: part code → pieces.

    Staff may also ask after the time for it is over. Raises InvalidInput ("reason_missing",
    "return_kind_unknown", "return_empty", "quantity_invalid"), NotFound ("media_not_found"),
    Conflict ("nothing_to_return", order_code, state), ("not_in_order"), ("return_too_many", name,
    left), ("return_too_late", name, last_day), ("no_warranty", name).
    """
    why = checked_reason(reason)
    if kind not in list(ReturnKind):
        raise InvalidInput("return_kind_unknown")
    orders.lock(session, order)
    if order.state not in SENT:
        raise Conflict("nothing_to_return", order_code=order.order_code, state=str(order.state))
    in_time = actor.kind != "staff"
    pieces = _pieces(session, order, wanted, ReturnKind(kind), in_time=in_time)
    made = _new_return(session, order, pieces, ReturnKind(kind), why)
    made.conversation_id = conversation_id
    session.add(made)
    session.flush()
    _attach(session, made, media_ids)
    record(session, made, "asked", actor, {"kind": str(kind), "order_code": order.order_code})
    if actor.kind == "staff":
        tell(session, made, "return_asked", order_code=order.order_code)
    return made


def _pieces(
    session: Session, order: Order, wanted: Mapping[str, int], kind: ReturnKind, *, in_time: bool
) -> Mapping[str, int]:
    """Pieces by part code, of what the order has left to send back; ``in_time``: and may still."""
    sold = sold_lines(session, order)
    pieces = rules.wanted_lines(sold, wanted)
    if in_time:
        chosen = [line for line in sold if line.part_code in pieces]
        today = clock.local_date(clock.now())
        arrived = clock.local_date(order.delivered_at) if order.delivered_at else None
        rules.refuse_too_late(kind, chosen, arrived, today, return_days(session))
    return pieces


def _new_return(
    session: Session, order: Order, pieces: Mapping[str, int], kind: ReturnKind, why: str
) -> Return:
    return Return(
        return_code=_free_code(session),
        order_id=order.id,
        customer_id=order.customer_id,
        kind=kind,
        state=STATES.start,
        reason=why,
        created_at=clock.now(),
        lines=[
            ReturnLine(order_line_id=line.id, quantity=pieces[line.part_code])
            for line in order.lines
            if line.part_code in pieces
        ],
    )


def add_photos(session: Session, found: Return, media_ids: Sequence[int], actor: Actor) -> int:
    """Put pictures of the customer's own messages to a return; returns how many are new.

    Raises NotFound ("media_not_found"), Conflict ("illegal_transition") once it is over.
    """
    lock(session, found)
    if found.state not in rules.OPEN:
        raise Conflict(
            "illegal_transition", subject="return", old=str(found.state), new="photo_added"
        )
    new = _attach(session, found, media_ids)
    if new:
        record(session, found, "photo_added", actor, {"photos": new})
    return new


def approve(session: Session, found: Return, *, actor: Actor, note: str = "") -> Return:
    """The goods may come; the customer learns where to bring or send them."""
    move(session, found, ReturnState.APPROVED, actor)
    _decided(found, actor, note.strip()[:500] or None)
    address = shop.facts(session).get("address", "").strip()
    if address:
        tell(session, found, "return_approved", address=address)
    else:
        tell(session, found, "return_approved_ask_where")
    return found


def refuse(session: Session, found: Return, *, actor: Actor, reason: str) -> Return:
    """The goods stay where they are, and the customer learns why.

    Raises InvalidInput ("reason_missing").
    """
    why = checked_reason(reason)
    move(session, found, ReturnState.REFUSED, actor)
    _decided(found, actor, why)
    tell(session, found, "return_refused", reason=why)
    return found


def withdraw(session: Session, found: Return, *, actor: Actor) -> Return:
    """The customer keeps the goods after all."""
    move(session, found, ReturnState.WITHDRAWN, actor)
    if actor.kind == "staff":
        tell(session, found, "return_withdrawn")
    return found


def receive(
    session: Session,
    found: Return,
    conditions: Mapping[str, Condition | str],
    *,
    actor: Actor,
    restock: Mapping[str, bool] | None = None,
) -> Return:
    """The goods are on the counter: in which condition each part is, and whether it is sold again.

    Unopened goods go back on the shelf unless ``restock`` says otherwise; defective ones never do.
    When everything of the order has come back, the order is returned. Raises InvalidInput
    ("condition_missing", part_code), ("defective_restocked", part_code).
    """
    order = lock(session, found)
    move(session, found, ReturnState.RECEIVED, actor)
    found.received_at = clock.now()
    by_id = {line.id: line for line in order.lines}
    back: dict[int, int] = {}
    for line in found.lines:
        sold = by_id[line.order_line_id]
        line.condition, line.restock = _found_as(sold, conditions, restock or {})
        if line.restock:
            back[sold.part_id] = back.get(sold.part_id, 0) + line.quantity
    session.flush()
    if back:
        stock.take_back(session, order.id, back, actor, found.return_code)
    _return_order(session, order, found, actor)
    tell(session, found, "return_received")
    return found


def _found_as(
    sold: OrderLine, conditions: Mapping[str, Condition | str], restock: Mapping[str, bool]
) -> tuple[Condition, bool]:
    said = conditions.get(sold.part_code)
    if said not in list(Condition):
        raise InvalidInput("condition_missing", part_code=sold.part_code)
    condition = Condition(said)
    again = restock.get(sold.part_code, condition == Condition.UNOPENED)
    if again and condition == Condition.DEFECTIVE:
        raise InvalidInput("defective_restocked", part_code=sold.part_code)
    return condition, again


def _return_order(session: Session, order: Order, found: Return, actor: Actor) -> None:
    """The order is returned once every piece of it is here again."""
    here = select(ReturnLine.order_line_id, ReturnLine.quantity).join(Return)
    rows = session.execute(here.where(Return.order_id == order.id, Return.state.in_(rules.BACK)))
    come: dict[int, int] = {}
    for line_id, quantity in rows:
        come[line_id] = come.get(line_id, 0) + quantity
    if any(come.get(line.id, 0) < line.quantity for line in order.lines):
        return
    payment = payments.for_order_locked(session, order)
    if payment is not None and order.paid_at is None:
        payments.close(session, payment)  # to be paid at the door, where it was not taken
    orders.return_(session, order, actor, f"{found.return_code}: {found.reason}"[:500])


def move(session: Session, found: Return, new: ReturnState, actor: Actor) -> None:
    """Change the state as the table allows, on the record."""
    lock(session, found)
    step = STATES.check(found.state, new, actor.kind)
    found.state = new
    found.updated_at = clock.now()
    if new != ReturnState.SETTLED:  # what it was settled with is written in one go with it
        session.flush()
        record(session, found, step.name, actor, {})


def lock(session: Session, found: Return) -> Order:
    """Lock the order of a return and then the return, both read anew; returns the order."""
    order = orders.lock(session, session.get_one(Order, found.order_id))
    query = select(Return).where(Return.id == found.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).one()
    return order


def record(
    session: Session, found: Return, action: str, actor: Actor, facts: dict[str, object]
) -> None:
    """One timeline entry, and a word to the screens."""
    timeline.record(
        session,
        subject="return",
        subject_id=found.id,
        action=action,
        actor=actor,
        customer_id=found.customer_id,
        facts={"return_code": found.return_code, **facts},
    )
    announce(session, Event("return_changed", {"return_code": found.return_code}))


def tell(session: Session, found: Return, notice: str, **facts: object) -> None:
    """A notice about a return to its customer."""
    customer = session.get_one(Customer, found.customer_id)
    conversations.notify(session, customer, notice, return_code=found.return_code, **facts)


def checked_reason(text: str) -> str:
    """A reason, not blank. Raises InvalidInput ("reason_missing")."""
    reason = text.strip()[:1000]
    if not reason:
        raise InvalidInput("reason_missing")
    return reason


def _decided(found: Return, actor: Actor, reason: str | None) -> None:
    found.decided_by, found.decided_at = actor.id, clock.now()
    found.decision_reason = reason


def _attach(session: Session, found: Return, media_ids: Sequence[int]) -> int:
    """Only pictures of this customer's own messages; those that are there already count not."""
    wanted = set(media_ids)
    query = (
        select(Media.id)
        .join(Message, Message.id == Media.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Media.id.in_(wanted), Conversation.customer_id == found.customer_id)
    )
    own = set(session.scalars(query))
    if own != wanted:
        raise NotFound("media_not_found")
    new = sorted(own - {photo.media_id for photo in found.photos})
    found.photos.extend(ReturnMedia(media_id=media_id) for media_id in new)
    session.flush()
    return len(new)


def _free_code(session: Session) -> str:
    while True:
        code = codes.new_code(codes.RETURN)
        if session.execute(select(Return.id).where(Return.return_code == code)).first() is None:
            return code
