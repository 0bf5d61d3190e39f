"""How a message left and what that costs: free within WhatsApp's 24 hours, else not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels import render, sms
from channels.i18n import has, t
from crm_core import notices, shop
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, MessageView

COSTS = {"cost_sms": 100_000, "cost_template": 100_000, "cost_offer": 100_000}
"""The shop's facts for it, in rupiah, and the most that is believed: one part of an SMS, one
template of WhatsApp's kind "utility", one of its kind "marketing"."""
UNSENT = frozenset({"queued", "failed", "dropped"})


@dataclass(frozen=True, slots=True)
class Carriage:
    """The prices of a shop, for the messages of one conversation. Unknown prices are not shown."""

    channel: str
    costs: dict[str, Rupiah]

    def words(self, message: MessageView) -> str:
        """ "Templat · Rp 460", "SMS 2 bagian · Rp 900"; empty for what costs nothing."""
        if message.direction != "outbound" or message.status in UNSENT:
            return ""
        if self.channel == "sms":
            numbered = render.render(message.text, message.choices, "text", markup=False).body
            parts = sms.parts(sms.plain(numbered))
            return self._with(t("console.carried.sms", parts=parts), "cost_sms", parts)
        if message.carried_as != "template":
            return ""
        template = notices.template(message.notice or "", "id")
        offer = template is not None and template.category == "marketing"
        return self._with(t("console.carried.template"), "cost_offer" if offer else "cost_template")

    def trouble(self, message: MessageView) -> str:
        """Why a message did not arrive, and what to do; empty for one that did or may yet."""
        if message.status == "unknown":
            decided = message.may_be_sent_again or message.sent_again
            return t("failures.undecided" if decided else "console.delivery.unknown")
        if message.status != "failed":
            return ""
        name = f"failures.{message.error_code}"
        if message.error_code and has(name):
            return t(name)
        return t("failures.unknown", code=message.error_code or "-")

    def _with(self, words: str, fact: str, times: int = 1) -> str:
        cost = self.costs.get(fact)
        return words if cost is None else f"{words} · {format_rupiah(Rupiah(cost * times))}"


def of(session: Session, talk: Conversation) -> Carriage:
    """For the messages of ``talk``."""
    known = shop.facts(session)
    said = {key: known.get(key, "") for key in COSTS}
    return Carriage(
        talk.channel, {key: Rupiah(int(one)) for key, one in said.items() if one.isdigit()}
    )
