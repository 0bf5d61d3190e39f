"""Pieces on the shelf and pieces held for orders. The database decides every race.

Rows are locked in the order of part ids, so two orders for the same parts never wait crosswise;
who ends or sends several orders in one transaction calls :func:`hold_levels` first.
Each change of a level writes one movement in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.catalogue.models import Part, StockLevel, StockMovement
from crm_core.catalogue.text import plain_code
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.stock.models import Reservation
from crm_core.timeline import Actor

MOST = 10_000_000


def available(session: Session, part_code: str) -> int:
    """Pieces that can be ordered now: on hand less held. NotFound ("part_not_found")."""
    part = _part(session, part_code)
    left = session.scalar(
        select(StockLevel.on_hand - StockLevel.reserved).where(StockLevel.part_id == part.id)
    )
    return left or 0


def level(session: Session, part_code: str) -> StockLevel:
    """Pieces on hand and held; a part that was never in stock has none of both.

    Raises NotFound ("part_not_found").
    """
    part = _part(session, part_code)
    found = session.get(StockLevel, part.id, populate_existing=True)
    return found or StockLevel(part_id=part.id, on_hand=0, reserved=0)


def receive(session: Session, part_code: str, quantity: int, actor: Actor, reason: str = "") -> int:
    """Put ``quantity`` new pieces on the shelf; returns how many are on hand then.

    Raises InvalidInput ("quantity_invalid"), NotFound ("part_not_found").
    """
    _positive(quantity)
    part = _part(session, part_code)
    new = insert(StockLevel).values(part_id=part.id, on_hand=quantity, reserved=0)
    on_hand = session.scalars(
        new.on_conflict_do_update(
            index_elements=["part_id"], set_={"on_hand": StockLevel.on_hand + quantity}
        ).returning(StockLevel.on_hand),
        execution_options={"populate_existing": True},
    ).one()
    _record(session, part.id, "received", quantity, actor, reason=reason)
    return on_hand


def correct(session: Session, part_code: str, on_hand: int, actor: Actor, reason: str) -> int:
    """Set what a count of the shelf found; returns the difference to what was written.

    Raises InvalidInput ("quantity_invalid"), NotFound ("part_not_found"), Conflict
    ("stock_reserved" with ``reserved``) if fewer pieces were found than are held for orders.
    """
    if isinstance(on_hand, bool) or not 0 <= on_hand <= MOST:
        raise InvalidInput("quantity_invalid")
    part = _part(session, part_code)
    session.execute(
        insert(StockLevel).values(part_id=part.id, on_hand=0, reserved=0).on_conflict_do_nothing()
    )
    level = session.scalars(
        select(StockLevel)
        .where(StockLevel.part_id == part.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if on_hand < level.reserved:
        raise Conflict("stock_reserved", part_code=part.part_code, reserved=level.reserved)
    difference = on_hand - level.on_hand
    if difference:
        level.on_hand = on_hand
        session.flush()
        _record(session, part.id, "corrected", difference, actor, reason=reason)
        timeline.record(
            session,
            subject="part",
            subject_id=part.id,
            action="stock_corrected",
            actor=actor,
            cause=reason or None,
            facts={"on_hand": on_hand, "difference": difference},
        )
    return difference


def reserve(
    session: Session, order_id: int, lines: Sequence[tuple[int, int]], actor: Actor
) -> list[Reservation]:
    """Hold pieces for an order: lines of (part id, quantity); all of them or none.

    Raises InvalidInput ("quantity_invalid"), Conflict ("stock_short" with part_code, name and
    available). Call it inside the caller's own savepoint or let the error end the transaction.
    """
    wanted: dict[int, int] = {}
    for part_id, quantity in lines:
        _positive(quantity)
        wanted[part_id] = wanted.get(part_id, 0) + quantity
    # Of a single part nothing is written before it is refused.
    with session.begin_nested() if len(wanted) > 1 else nullcontext():
        return [
            _hold(session, order_id, part_id, wanted[part_id], actor) for part_id in sorted(wanted)
        ]


def refuse_if_short(session: Session, wanted: Mapping[str, int]) -> None:
    """Refuse at once what cannot be held as things are now, before dearer work is done.

    It promises nothing: whether the pieces can be had is decided by :func:`reserve`. ``wanted``
    are pieces by part code; codes that are not sold are left to others. Raises Conflict
    ("stock_short", as ``reserve``).
    """
    left = (StockLevel.on_hand - StockLevel.reserved).label("left")
    query = (
        select(Part.part_code, Part.name, left)
        .outerjoin(StockLevel, StockLevel.part_id == Part.id)
        .where(Part.part_code.in_(wanted), Part.active, Part.price_idr.is_not(None))
        .order_by(Part.id)
    )
    for row in session.execute(query):
        if (row.left or 0) < wanted[row.part_code]:
            raise Conflict(
                "stock_short", part_code=row.part_code, name=row.name, available=row.left or 0
            )


def _hold(
    session: Session, order_id: int, part_id: int, quantity: int, actor: Actor
) -> Reservation:
    taken = session.execute(
        update(StockLevel)
        .where(StockLevel.part_id == part_id, StockLevel.on_hand - StockLevel.reserved >= quantity)
        .values(reserved=StockLevel.reserved + quantity)
        .returning(StockLevel.part_id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise _short(session, part_id)
    reservation = Reservation(order_id=order_id, part_id=part_id, quantity=quantity, state="held")
    session.add(reservation)
    session.flush()
    _record(session, part_id, "reserved", quantity, actor, order_id=order_id)
    _forget_level(session, part_id)
    return reservation


def _short(session: Session, part_id: int) -> Conflict:
    row = session.execute(
        select(Part.part_code, Part.name, StockLevel.on_hand - StockLevel.reserved)
        .outerjoin(StockLevel, StockLevel.part_id == Part.id)
        .where(Part.id == part_id)
    ).first()
    code, name, left = row if row is not None else ("", "", 0)
    return Conflict("stock_short", part_code=code, name=name, available=left or 0)


def change_held(session: Session, order_id: int, part_id: int, quantity: int, actor: Actor) -> int:
    """Hold ``quantity`` pieces for an order that holds some already; 0 gives them up.

    Returns the difference. Raises InvalidInput ("quantity_invalid"), NotFound ("nothing_held"),
    Conflict ("stock_short" with part_code, name and available).
    """
    if quantity:
        _positive(quantity)
    held = session.scalars(
        select(Reservation)
        .where(
            Reservation.order_id == order_id,
            Reservation.part_id == part_id,
            Reservation.state == "held",
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if held is None:
        raise NotFound("nothing_held")
    difference = quantity - held.quantity
    if difference == 0:
        return 0
    enough = StockLevel.on_hand - StockLevel.reserved >= difference
    moved = session.execute(
        update(StockLevel)
        .where(StockLevel.part_id == part_id, enough)
        .values(reserved=StockLevel.reserved + difference)
        .returning(StockLevel.part_id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise _short(session, part_id)
    if quantity:
        held.quantity = quantity
    else:
        held.state, held.ended_at = "released", clock.now()
    session.flush()
    kind = "reserved" if difference > 0 else "released"
    _record(session, part_id, kind, difference, actor, order_id=order_id)
    _forget_level(session, part_id)
    return difference


def release(session: Session, order_id: int, actor: Actor) -> int:
    """Give up what an order still holds; returns the pieces freed, 0 if it holds nothing."""
    freed = 0
    for reservation in _ended(session, order_id, "released"):
        session.execute(
            update(StockLevel)
            .where(StockLevel.part_id == reservation.part_id)
            .values(reserved=StockLevel.reserved - reservation.quantity)
            .execution_options(synchronize_session=False)
        )
        _record(
            session,
            reservation.part_id,
            "released",
            -reservation.quantity,
            actor,
            order_id=order_id,
        )
        _forget_level(session, reservation.part_id)
        freed += reservation.quantity
    return freed


def ship(session: Session, order_id: int, actor: Actor) -> int:
    """Take what an order holds off the shelf; returns the pieces shipped, 0 the second time."""
    gone = 0
    for reservation in _ended(session, order_id, "shipped"):
        session.execute(
            update(StockLevel)
            .where(StockLevel.part_id == reservation.part_id)
            .values(
                reserved=StockLevel.reserved - reservation.quantity,
                on_hand=StockLevel.on_hand - reservation.quantity,
            )
            .execution_options(synchronize_session=False)
        )
        _record(
            session, reservation.part_id, "shipped", -reservation.quantity, actor, order_id=order_id
        )
        _forget_level(session, reservation.part_id)
        gone += reservation.quantity
    return gone


def take_back(
    session: Session, order_id: int, lines: Mapping[int, int], actor: Actor, reason: str
) -> int:
    """Put pieces of a sent order back on the shelf: part id → pieces; returns how many.

    Who may, and how many at most, ``crm_core.returns`` decides. Raises InvalidInput
    ("quantity_invalid").
    """
    for part_id in sorted(lines):
        quantity = lines[part_id]
        _positive(quantity)
        session.execute(
            update(StockLevel)
            .where(StockLevel.part_id == part_id)
            .values(on_hand=StockLevel.on_hand + quantity)
            .execution_options(synchronize_session=False)
        )
        _record(session, part_id, "returned", quantity, actor, order_id=order_id, reason=reason)
        _forget_level(session, part_id)
    return sum(lines.values())


def hold_levels(session: Session, order_ids: Sequence[int]) -> None:
    """Lock the levels of all that these orders hold, before more than one of them is ended or sent.

    One order's parts after another's would be locked in no order at all, and a customer who orders
    both at that moment would wait crosswise.
    """
    held = select(Reservation.part_id).where(
        Reservation.order_id.in_(order_ids), Reservation.state == "held"
    )
    levels = select(StockLevel.part_id).where(StockLevel.part_id.in_(held))
    session.execute(levels.order_by(StockLevel.part_id).with_for_update())


def _ended(session: Session, order_id: int, state: str) -> list[Reservation]:
    """The order's held reservations, moved to ``state``: each can leave "held" only once."""
    session.flush()
    moved = session.scalars(
        update(Reservation)
        .where(Reservation.order_id == order_id, Reservation.state == "held")
        .values(state=state, ended_at=clock.now())
        .returning(Reservation)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(moved, key=lambda reservation: reservation.part_id)


def movements(session: Session, part_code: str, limit: int = 50) -> list[StockMovement]:
    """The part's latest movements, newest first."""
    part = _part(session, part_code)
    return list(
        session.scalars(
            select(StockMovement)
            .where(StockMovement.part_id == part.id)
            .order_by(StockMovement.id.desc())
            .limit(limit)
        )
    )


def _part(session: Session, part_code: str) -> Part:
    code = plain_code(part_code)
    part = session.scalars(select(Part).where(Part.part_code == code)).one_or_none()
    if part is None:
        raise NotFound("part_not_found", part_code=code[:32])
    return part


def _positive(quantity: int) -> None:
    if isinstance(quantity, bool) or not 1 <= quantity <= MOST:
        raise InvalidInput("quantity_invalid")


def _forget_level(session: Session, part_id: int) -> None:
    """What the session had read of the level is old now."""
    level = session.identity_map.get(session.identity_key(StockLevel, part_id))
    if level is not None:
        session.expire(level)


def _record(
    session: Session,
    part_id: int,
    kind: str,
    quantity: int,
    actor: Actor,
    *,
    order_id: int | None = None,
    reason: str = "",
) -> None:
    session.add(
        StockMovement(
            part_id=part_id,
            kind=kind,
            quantity=quantity,
            order_id=order_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name="" if actor.kind == "customer" else actor.name,
            reason=reason,
        )
    )
    session.flush()
