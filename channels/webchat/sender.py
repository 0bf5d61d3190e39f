"""A web visitor's message is delivered by being in the database; SSE shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.senders import SentReceipt

if TYPE_CHECKING:
    from channels.senders import Parcel


class WebSender:
    """Marks the row as sent; the widget reports it read."""

    name = "web"

    def send(self, parcel: Parcel) -> SentReceipt:
        """Nothing leaves the machine."""
        return SentReceipt(f"web-out-{parcel.message_id}", "sent")

    def look_up(self, parcel: Parcel) -> list[SentReceipt]:
        """Sending again changes nothing, so it is always safe."""
        del parcel
        return []
