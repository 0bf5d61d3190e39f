"""Payment gateways: off unless one is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.gateway.midtrans import Midtrans

if TYPE_CHECKING:
    from crm_core.payments import Gateway
    from crm_core.settings import Settings


def configured(settings: Settings) -> Gateway | None:
    """The gateway of this installation; None: the shop takes transfers and QRIS only."""
    key = settings.midtrans_server_key
    if key is None:
        return None
    return Midtrans(key.get_secret_value(), settings.midtrans_api_url, settings.midtrans_page_url)
