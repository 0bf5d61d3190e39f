"""Paying by QRIS: a code is scanned, and the acquirer's line stands on the shop's account.

The line names the shop and the network's number of the payment, never the customer or the order.
What the acquirer keeps for it leaves the account in the evening, in one sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from sqlalchemy.orm import Session

from channels.simulation.acts import Bought
from channels.simulation.statements import Booking
from channels.simulation.world import After, World
from crm_core import orders, payments, shop
from crm_core.orders import OrderState
from crm_core.payments import qris

MARK = "QRIS"
FEE_PER_MILLE = 7
"""What an acquirer usually keeps of a merchant's payment, in thousandths of it."""


def scanned(world: World, bought: Bought, steps: int) -> After:
    """Pays what the code on the order's page says; a page that offers none is left again."""

    def deed(session: Session, _: Random) -> None:
        order = orders.by_code(session, bought.order_code)
        payment = payments.for_order(session, order)
        if payment is None or order.state != OrderState.AWAITING_PAYMENT:
            return
        code = qris.with_amount(_code(session), int(payment.amount_due_idr))
        asked = next(field.value for field in qris.read(code) if field.tag == qris.AMOUNT)
        _line(world, code, int(asked))
        world.count("QRIS paid")

    return After(steps, "QRIS scanned", deed)


def printed(world: World, bought: Bought, steps: int) -> After:
    """Types the total under the printed code, which knows no last three digits."""

    def deed(session: Session, _: Random) -> None:
        _line(world, _code(session), bought.total)

    return After(steps, "printed QRIS scanned", deed)


def fee_of(account: str, rows: Sequence[Booking]) -> list[Booking]:
    """What the acquirer keeps of a day's payments; none of a day without."""
    came = sum(row.amount for row in rows if row.text.startswith(MARK) and not row.out)
    fee = came * FEE_PER_MILLE // 1000
    return [Booking(account, fee, f"BIAYA MDR {MARK}", 0, out=True)] if fee else []


def _code(session: Session) -> str:
    return shop.facts(session)["qris"]


def _line(world: World, code: str, amount: int) -> None:
    """The acquirer pays into the first account, whichever one the order named."""
    merchant = qris.check(code)
    number = f"{world.number('qris'):012}"
    world.book(world.accounts[0].number, amount, f"{MARK} {merchant.name} RRN {number}")
