"""The beginning of a Rasa session: the customer's language comes from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasa_sdk.events import ActionExecuted, EventType, SessionStarted, SlotSet

from actions.base import LISTEN, CrmAction
from actions.reply import Reply

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


LASTING = ("language", "bike")
"""What is still meant on another day. An open question is not: "iya" next week answers nothing;
cart, orders, addresses and bikes are in the database."""


class SessionStart(CrmAction):
    """Rasa's own start of a session, which would forget what language is spoken."""

    action_name = "action_session_start"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """Carry over what lasts and set the language."""
        carried = {name: turn.slots[name] for name in LASTING if turn.slots.get(name) is not None}
        return Reply(slots=carried | {"language": turn.language})

    def _events(self, reply: Reply, active: str | None) -> list[EventType]:  # noqa: ARG002
        slots = [SlotSet(name, value) for name, value in reply.slots.items()]
        return [SessionStarted(), *slots, ActionExecuted(LISTEN)]
