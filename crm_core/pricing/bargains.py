"""Verbs of bargaining: only inside a manager's margin rule, every step on the timeline."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, shop, timeline
from crm_core.catalogue.models import Part
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import PRICE_CLASSES, Customer
from crm_core.db import lock_key
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.money import Rupiah
from crm_core.pricing import queries, rules, service
from crm_core.pricing.models import Bargain, MarginRule
from crm_core.pricing.promotions import MOST_PIECES, category_id
from crm_core.pricing.queries import BargainView, MarginRuleView
from crm_core.pricing.rules import BARGAIN_STATES, BargainState
from crm_core.staff.models import Staff
from crm_core.staff.rules import may
from crm_core.timeline import Actor

HOURS_FACT = "bargain_hours"
"""The shop fact that says for how many hours (1 to 168) an offer holds."""


def save_margin_rule(
    session: Session,
    *,
    max_percent: int,
    by: Staff,
    category: str | None = None,
    price_class: str | None = None,
    active: bool = True,
) -> MarginRuleView:
    """Set how far prices may be bargained down, for a shelf (slug) and a class, or for all.

    There is one rule for each pair; saving it again replaces it. Raises NotAllowed
    ("manager_only"), NotFound ("category_not_found"), InvalidInput ("margin_invalid" with
    ``field``: max_percent or price_class).
    """
    if not may(by.role, "stock"):
        raise NotAllowed("manager_only")
    if isinstance(max_percent, bool) or not 0 <= max_percent <= rules.MAX_MARGIN_PERCENT:
        raise InvalidInput("margin_invalid", field="max_percent", most=rules.MAX_MARGIN_PERCENT)
    if price_class is not None and price_class not in PRICE_CLASSES:
        raise InvalidInput("margin_invalid", field="price_class")
    shelf = category_id(session, category) if category else None
    lock_key(session, f"margin:{shelf}:{price_class}")
    row = session.scalars(
        select(MarginRule).where(
            MarginRule.category_id.is_not_distinct_from(shelf),
            MarginRule.price_class.is_not_distinct_from(price_class),
        )
    ).one_or_none()
    if row is None:
        row = MarginRule(category_id=shelf, price_class=price_class)
        session.add(row)
    row.max_percent, row.active, row.set_by, row.set_at = max_percent, active, by.id, clock.now()
    session.flush()
    timeline.record(
        session,
        subject="margin_rule",
        subject_id=row.id,
        action="set",
        actor=Actor.of_staff(by),
        facts={
            "category": category,
            "price_class": price_class,
            "max_percent": max_percent,
            "active": active,
        },
    )
    return next(view for view in queries.margin_rules(session) if view.id == row.id)


def max_percent(session: Session, part: Part, price_class: str) -> int:
    """How many percent may be bargained off this part for a class; 0 without a rule."""
    found = session.execute(
        select(MarginRule.category_id, MarginRule.price_class, MarginRule.max_percent).where(
            MarginRule.active,
            (MarginRule.category_id == part.category_id) | MarginRule.category_id.is_(None),
            (MarginRule.price_class == price_class) | MarginRule.price_class.is_(None),
        )
    ).all()
    closest = sorted(
        found, key=lambda row: (row.category_id is not None, row.price_class is not None)
    )
    return closest[-1].max_percent if closest else 0


def bargaining_open(session: Session) -> bool:
    """Whether any margin rule lets prices move at all."""
    query = select(MarginRule.id).where(MarginRule.active, MarginRule.max_percent > 0).limit(1)
    return session.scalar(query) is not None


def bargain(
    session: Session, customer: Customer, part_code: str, quantity: int, asked_idr: int
) -> BargainView:
    """Ask for ``asked_idr`` for one piece; the state of the result is the answer.

    "offered": the rule agrees, until ``expires_at``. "refused": far too low. "asked": a person has
    to decide. An offer that is still open for the part comes back as it is: who was given a price
    does not get a lower one by asking again. Raises NotFound ("part_not_found"), Conflict
    ("price_on_request", part_code, name), ("bargain_needless", part_code, name, price) when the
    price is that low already, InvalidInput ("quantity_invalid", "bargain_invalid").
    """
    if not 1 <= quantity <= MOST_PIECES:
        raise InvalidInput("quantity_invalid", most=MOST_PIECES)
    if asked_idr <= 0:
        raise InvalidInput("bargain_invalid")
    part = _part(session, part_code)
    lock_key(session, f"bargain:{customer.id}:{part.id}")
    price = service.price_of(session, customer, {part.part_code: quantity})[part.part_code].unit
    if price is None:
        raise Conflict("price_on_request", part_code=part.part_code, name=part.name)
    standing = _standing(session, customer, part)
    if standing is not None and standing.quantity >= quantity:
        return view(session, standing.id)
    asked = Rupiah(asked_idr)
    lowest = rules.floor(price, max_percent(session, part, customer.price_class))
    verdict = rules.judge(price, lowest, asked)
    if verdict == "needless":
        raise Conflict("bargain_needless", part_code=part.part_code, name=part.name, price=price)
    row = Bargain(
        customer_id=customer.id,
        part_id=part.id,
        quantity=quantity,
        price_idr=price,
        asked_idr=asked,
    )
    session.add(row)
    session.flush()
    _record(session, row, "asked", Actor.customer(customer))
    if verdict == "agree":
        if standing is not None:
            _move(session, standing, BargainState.EXPIRED, Actor.bot())
        _offer(session, row, asked, "rule", Actor.bot())
    elif verdict == "refuse":
        row.decided_by, row.decided_at = "rule", clock.now()
        _move(session, row, BargainState.REFUSED, Actor.bot())
    return view(session, row.id)


def decide_bargain(
    session: Session, bargain_id: int, *, by: Staff, offered_idr: int | None
) -> BargainView:
    """A person's answer to what was asked: a price for one piece, or None for a no.

    The customer is told of a price and can take it in the chat. An agent stays within the margin
    rule, a manager decides freely below the price. Raises NotFound ("bargain_not_found"), Conflict
    ("illegal_transition"), InvalidInput ("bargain_invalid"), NotAllowed ("margin_exceeded",
    lowest).
    """
    row = _locked(session, bargain_id)
    actor = Actor.of_staff(by)
    if offered_idr is None:
        row.decided_by, row.staff_id, row.decided_at = "staff", by.id, clock.now()
        _move(session, row, BargainState.REFUSED, actor)
        return view(session, row.id)
    if not 0 < offered_idr <= row.price_idr:
        raise InvalidInput("bargain_invalid")
    part = session.get_one(Part, row.part_id)
    customer = session.get_one(Customer, row.customer_id)
    lowest = rules.floor(row.price_idr, max_percent(session, part, customer.price_class))
    if offered_idr < lowest and not may(by.role, "stock"):
        raise NotAllowed("margin_exceeded", lowest=lowest)
    row.staff_id = by.id
    _offer(session, row, Rupiah(offered_idr), "staff", actor)
    conversations.notify(
        session,
        customer,
        "bargain_offered",
        part=part.name.replace("\u2014", "-").partition(" - ")[0],
        quantity=row.quantity,
        amount=Rupiah(offered_idr),
        deadline=row.expires_at,
    )
    return view(session, row.id)


def accept_bargain(
    session: Session,
    customer: Customer,
    bargain_id: int,
    *,
    actor: Actor,
    quantity: int | None = None,
) -> Bargain:
    """Take the offered price; ``quantity`` more pieces than were spoken of get it as well.

    Accepting twice changes nothing. The cart does the rest: call ``carts.take_bargain``. Raises
    NotFound ("bargain_not_found"), Conflict ("bargain_over", part) when its time is up.
    """
    row = _locked(session, bargain_id)
    if row.customer_id != customer.id:
        raise NotFound("bargain_not_found")
    part = session.get_one(Part, row.part_id)
    held = row.state in {BargainState.OFFERED, BargainState.ACCEPTED}
    if not held or row.expires_at is None or row.expires_at <= clock.now():
        raise Conflict("bargain_over", part=part.name)
    if quantity is not None and quantity > row.quantity:
        row.quantity = quantity
    if row.state == BargainState.OFFERED:
        _move(session, row, BargainState.ACCEPTED, actor)
    return row


def decline_bargain(
    session: Session, customer: Customer, bargain_id: int, *, actor: Actor
) -> BargainView:
    """The customer does not want the offered price; one that is not open stays as it is.

    Raises NotFound ("bargain_not_found").
    """
    row = _locked(session, bargain_id)
    if row.customer_id != customer.id:
        raise NotFound("bargain_not_found")
    if row.state == BargainState.OFFERED:
        _move(session, row, BargainState.REFUSED, actor)
    return view(session, row.id)


def expire_bargains(session: Session) -> int:
    """End offers and agreed prices whose time is up; how many those were."""
    due = session.scalars(
        select(Bargain)
        .where(Bargain.state.in_(["offered", "accepted"]), Bargain.expires_at <= clock.now())
        .order_by(Bargain.id)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        _move(session, row, BargainState.EXPIRED, Actor.system("expiry"))
    return len(due)


def view(session: Session, bargain_id: int) -> BargainView:
    """One bargain as people read it. Raises NotFound ("bargain_not_found")."""
    wanted = queries.bargain_rows().where(Bargain.id == bargain_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound("bargain_not_found")
    return queries.bargain_view(row)


def _standing(session: Session, customer: Customer, part: Part) -> Bargain | None:
    return session.scalars(
        select(Bargain)
        .where(
            Bargain.customer_id == customer.id,
            Bargain.part_id == part.id,
            Bargain.state.in_(["offered", "accepted"]),
            Bargain.expires_at > clock.now(),
        )
        .order_by(Bargain.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _offer(session: Session, row: Bargain, price: Rupiah, decided_by: str, actor: Actor) -> None:
    at = clock.now()
    row.offered_idr, row.decided_by, row.decided_at = price, decided_by, at
    row.expires_at = rules.expiry(at, _hours(session))
    _move(session, row, BargainState.OFFERED, actor)


def _hours(session: Session) -> int:
    said = shop.facts(session).get(HOURS_FACT, "")
    return int(said) if said.isdigit() and 1 <= int(said) <= 168 else rules.OFFER_HOURS


def _part(session: Session, part_code: str) -> Part:
    code = plain_code(part_code)
    part = session.scalars(select(Part).where(Part.part_code == code, Part.active)).one_or_none()
    if part is None:
        raise NotFound("part_not_found", part_code=code[:32])
    return part


def _locked(session: Session, bargain_id: int) -> Bargain:
    row = session.scalars(
        select(Bargain)
        .where(Bargain.id == bargain_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("bargain_not_found")
    return row


def _move(session: Session, row: Bargain, new: BargainState, actor: Actor) -> None:
    move = BARGAIN_STATES.check(BargainState(row.state), new, actor.kind)
    row.state = new
    session.flush()
    _record(session, row, move.name, actor)


def _record(session: Session, row: Bargain, action: str, actor: Actor) -> None:
    facts: dict[str, object] = {
        "quantity": row.quantity,
        "price_idr": int(row.price_idr),
        "asked_idr": int(row.asked_idr),
        "offered_idr": None if row.offered_idr is None else int(row.offered_idr),
        "until": _iso(row.expires_at),
    }
    timeline.record(
        session,
        subject="bargain",
        subject_id=row.id,
        action=action,
        actor=actor,
        customer_id=row.customer_id,
        facts=facts,
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
