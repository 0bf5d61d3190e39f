"""What a payment gateway is to the shop: it opens a page to pay on, and says what became of it.

One interface; who speaks a provider's language lies in ``channels/gateway``. Nothing that a
gateway sends by itself is believed: a notification only says that it is time to ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from crm_core.errors import Unavailable
from crm_core.money import Rupiah

RUPIAH = "IDR"


class ChargeState(StrEnum):
    """How far a page to pay on has come."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """What the gateway says when it is asked about one page.

    ``amount_idr`` is None for a sum that is no whole rupiah. ``state`` OPEN also stands for money
    that the gateway itself still holds back.
    """

    reference: str
    transaction_id: str
    state: ChargeState
    amount_idr: Rupiah | None
    currency: str


class GatewayAway(Unavailable):
    """The gateway did not answer, or not sensibly; asking later may help."""

    def __init__(self, reason: str) -> None:
        super().__init__("gateway_away", reason=reason)


class Gateway(Protocol):
    """One provider. Both calls go over the network and never inside a transaction."""

    name: str

    def open_page(self, reference: str, amount_idr: int, order_code: str) -> str:
        """The address where a customer pays ``amount_idr`` for ``reference``.

        Raises GatewayAway, ExternalError ("gateway_refused", reason).
        """

    def ask(self, reference: str) -> GatewayStatus | None:
        """What became of ``reference``; None if the gateway knows none. Raises GatewayAway."""
