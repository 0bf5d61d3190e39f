"""An order that is priced anew gives back what it held, so that it may take the same again."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm_core.pricing.models import PromotionUse
from crm_core.pricing.service import release_promotions


def reopen_promotions(session: Session, order_id: int) -> None:
    """Give back the promotions of an order that lives on; ``hold_promotions`` takes them anew.

    The rows go, because one order counts once for one promotion; what was taken off before stands
    on the order's timeline.
    """
    release_promotions(session, [order_id])
    session.execute(delete(PromotionUse).where(PromotionUse.order_id == order_id))
