"""What things cost this customer now, and promotions held for orders. One truth for every channel.

Locks: promotions by id, after customer and cart and before stock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import Customer
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.pricing import goods, rules
from crm_core.pricing.goods import Goods
from crm_core.pricing.models import Bargain, Promotion, PromotionUse
from crm_core.pricing.queries import offers
from crm_core.pricing.rules import Agreed, CartQuote, Offer, PricedLine, Reason, Voucher
from crm_core.recalling import recall

NO_CLASS = rules.EVERYBODY


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to be priced; ``bargain_id`` names the price agreed for it."""

    part_code: str
    quantity: int
    bargain_id: int | None = None


@dataclass(frozen=True, slots=True)
class PriceView:
    """What one piece of a part costs; ``unit`` None is a price on request.

    ``steps`` are (from how many pieces, price of one) that are lower still.
    """

    part_code: str
    quantity: int
    unit: Rupiah | None
    list_price: Rupiah | None
    reason: Reason
    steps: tuple[tuple[int, Rupiah], ...] = ()

    @property
    def subtotal(self) -> Rupiah:
        """What all pieces cost; nothing while the price is on request."""
        return (self.unit or Rupiah(0)) * self.quantity


def class_of(customer: Customer | None) -> str:
    """The price class of a customer; somebody unknown walks in."""
    return customer.price_class if customer is not None else NO_CLASS


def price_of(
    session: Session, customer: Customer | None, wanted: Mapping[str, int]
) -> dict[str, PriceView]:
    """Prices for this customer of so many pieces of each part code, by plain code.

    Raises NotFound ("part_not_found", part_code).
    """
    lines = [Wanted(code, quantity) for code, quantity in wanted.items()]
    rows = goods.of_codes(session, {plain_code(line.part_code) for line in lines})
    own = class_of(customer)
    found = {}
    for line in lines:
        part = rows[plain_code(line.part_code)]
        unit, reason = _unit(part, own, line.quantity)
        steps = (
            rules.breaks(part.price_idr, part.tiers, own, line.quantity)
            if part.price_idr is not None
            else ()
        )
        found[part.part_code] = PriceView(
            part.part_code, line.quantity, unit, part.price_idr, reason, steps
        )
    return found


def quote(
    session: Session,
    customer: Customer | None,
    lines: Sequence[Wanted],
    voucher: str | None = None,
    at: datetime | None = None,
    known: Mapping[str, Goods] | None = None,
) -> CartQuote:
    """What ``lines`` cost this customer at ``at`` (now), with all that is taken off.

    ``known`` are their goods by plain code, as the caller has just read them. A voucher that does
    not apply takes nothing off; why is in ``voucher.problem``. Raises NotFound ("part_not_found",
    part_code).
    """
    running = _running(session, customer, at) if lines else []
    at = at or clock.now()
    own = class_of(customer)
    if known is None:
        known = goods.of_codes(session, {plain_code(line.part_code) for line in lines})
    priced = _priced(session, customer, lines, at, known)
    code = plain_voucher(voucher)
    return rules.quote(
        priced,
        [offer for offer in running if offer.code is None],
        price_class=own,
        at=at,
        voucher=find_voucher(session, customer, code) if code else None,
        voucher_code=code,
        language=customer.language if customer is not None else "id",
    )


def _running(session: Session, customer: Customer | None, at: datetime | None) -> Sequence[Offer]:
    """The promotions that run at a moment; now (None) is the transaction's first look at them."""
    if at is not None:
        return offers(session, customer, at=at)
    return recall(
        session,
        ("offers", customer.id if customer is not None else None),
        ("promotions", "promotion_uses"),
        lambda: tuple(offers(session, customer, at=clock.now())),
    )


def plain_voucher(code: str | None) -> str | None:
    """A voucher's code as it is kept: capitals and digits, nothing else; None for nothing."""
    kept = "".join(sign for sign in (code or "").upper() if sign.isascii() and sign.isalnum())
    return kept[:20] or None


def find_voucher(session: Session, customer: Customer | None, code: str) -> Offer | None:
    """The promotion behind a voucher's plain code, also one that is over; None if there is none."""
    found = offers(session, customer, code=code)
    return found[0] if found else None


def check_voucher(session: Session, customer: Customer, code: str) -> Voucher:
    """A code as it stands for this customer, whatever is in the cart.

    Raises NotFound ("voucher_unknown"), Conflict ("voucher_expired", "voucher_not_yet" with
    ``starts``, "voucher_not_for_you", "voucher_used_by_you" with ``limit``, "promotion_used_up"),
    each with the ``voucher`` meant.
    """
    plain = plain_voucher(code) or ""
    offer = find_voucher(session, customer, plain)
    if offer is None:
        raise NotFound("voucher_unknown", voucher=plain)
    problem = rules.no_longer(offer, class_of(customer), clock.now())
    if problem is not None:
        raise Conflict(problem.code, voucher=plain, **problem.facts)
    return Voucher(plain, offer.name(customer.language))


def refuse_problem(voucher: Voucher | None) -> None:
    """Raise what keeps a voucher from taking anything off.

    As :func:`check_voucher`, and Conflict ("voucher_below_minimum" with ``minimum`` and
    ``missing``, "voucher_not_for_these").
    """
    if voucher is None or voucher.problem is None:
        return
    kind = NotFound if voucher.problem.code == "voucher_unknown" else Conflict
    raise kind(voucher.problem.code, voucher=voucher.code, **voucher.problem.facts)


def hold_promotions(session: Session, customer: Customer, order_id: int, taken: CartQuote) -> None:
    """Count the promotions and bargains that ``taken`` uses as this order's, or refuse them all.

    The caller holds the customer, so their own limit holds under parallel orders; the conditional
    update decides the common limit. Raises Conflict ("promotion_used_up", voucher) and
    ("bargain_over", part) for what was gone in the meantime.
    """
    at = clock.now()
    used = [one for one in taken.discounts if one.promotion_id is not None]
    for discount in sorted(used, key=lambda one: one.promotion_id or 0):
        promotion = Promotion.id == discount.promotion_id
        free = or_(Promotion.limit_total.is_(None), Promotion.used < Promotion.limit_total)
        live = (Promotion.active, Promotion.starts_at <= at, Promotion.ends_at > at)
        counted = session.execute(
            update(Promotion)
            .where(promotion, free, *live)
            .values(used=Promotion.used + 1)
            .returning(Promotion.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if counted is None:
            raise Conflict("promotion_used_up", voucher=discount.label)
        session.add(
            PromotionUse(
                promotion_id=discount.promotion_id,
                customer_id=customer.id,
                order_id=order_id,
                amount_idr=discount.amount,
            )
        )
    for discount in taken.discounts:
        if discount.bargain_id is not None:
            _use_bargain(session, customer, order_id, discount.bargain_id, discount.label, at)
    session.flush()


def release_promotions(session: Session, order_ids: Iterable[int]) -> int:
    """Give back what ended orders held, once however often it is called; how many uses that were.

    A bargain stays used: who cancels may bargain again.
    """
    ids = list(order_ids)
    if not ids:
        return 0
    held = session.execute(
        select(PromotionUse.id, PromotionUse.promotion_id)
        .where(PromotionUse.order_id.in_(ids), PromotionUse.state == "held")
        .order_by(PromotionUse.promotion_id, PromotionUse.id)
    ).all()
    given_back = 0
    for use_id, promotion_id in held:
        # The promotion first, as placing does, so that the two never wait crosswise.
        session.execute(select(Promotion.id).where(Promotion.id == promotion_id).with_for_update())
        freed = session.execute(
            update(PromotionUse)
            .where(PromotionUse.id == use_id, PromotionUse.state == "held")
            .values(state="released", released_at=clock.now())
            .returning(PromotionUse.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if freed is None:
            continue
        session.execute(
            update(Promotion)
            .where(Promotion.id == promotion_id)
            .values(used=Promotion.used - 1)
            .execution_options(synchronize_session=False)
        )
        given_back += 1
    return given_back


def _use_bargain(
    session: Session, customer: Customer, order_id: int, bargain_id: int, label: str, at: datetime
) -> None:
    taken = session.execute(
        update(Bargain)
        .where(
            Bargain.id == bargain_id,
            Bargain.customer_id == customer.id,
            Bargain.state == "accepted",
            Bargain.expires_at > at,
        )
        .values(state="used", order_id=order_id)
        .returning(Bargain.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if taken is None:
        raise Conflict("bargain_over", part=label)


def _priced(
    session: Session,
    customer: Customer | None,
    lines: Sequence[Wanted],
    at: datetime,
    rows: Mapping[str, Goods],
) -> list[PricedLine]:
    agreed = _agreed(session, customer, lines, at)
    found = []
    for line in lines:
        part = rows[plain_code(line.part_code)]
        unit, reason = _unit(part, class_of(customer), line.quantity)
        deal = agreed.get((line.bargain_id, part.id))
        found.append(
            PricedLine(
                part_id=part.id,
                part_code=part.part_code,
                name=part.name,
                category_id=part.category_id,
                quantity=line.quantity,
                list_price=part.price_idr,
                unit=unit,
                reason=reason,
                agreed=deal,
            )
        )
    return found


def _unit(part: Goods, price_class: str, quantity: int) -> tuple[Rupiah | None, Reason]:
    if part.price_idr is None:
        return None, "list"
    return rules.unit_price(part.price_idr, part.tiers, price_class, quantity)


def _agreed(
    session: Session, customer: Customer | None, lines: Sequence[Wanted], at: datetime
) -> dict[tuple[int | None, int], Agreed]:
    """Agreed prices that still hold for this customer, by (bargain, part)."""
    ids = [line.bargain_id for line in lines if line.bargain_id is not None]
    if not ids or customer is None:
        return {}
    found = session.execute(
        select(Bargain.id, Bargain.part_id, Bargain.quantity, Bargain.offered_idr).where(
            Bargain.id.in_(ids),
            Bargain.customer_id == customer.id,
            Bargain.state == "accepted",
            Bargain.expires_at > at,
        )
    )
    return {(row.id, row.part_id): Agreed(row.id, row.quantity, row.offered_idr) for row in found}
