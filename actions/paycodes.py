"""The code by SMS that confirms a report of a transfer: answered in any channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.base import CrmAction
from actions.reply import Reply, ask, say
from crm_core import payments
from crm_core.errors import Conflict

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


class ConfirmCode(CrmAction):
    """Six digits while a code is open: right, or another try."""

    action_name = "action_confirm_code"
    changes = True
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Say what became of the code; a wrong one offers a new one."""
        tried = payments.answer_code(session, turn.customer, turn.text, actor=turn.actor)
        if tried.right:
            return say("utter_code_right", code=tried.order_code)
        again = [turn.option("code_again", "resend_code")]
        if tried.tries_left <= 0:
            return ask("utter_code_wrong_last", again)
        return ask("utter_code_wrong", again, left=tried.tries_left)


class ResendCode(CrmAction):
    """The SMS did not come, or its code is too old."""

    action_name = "action_resend_code"
    changes = True
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """A new code for the latest report that waits for one."""
        awaited = payments.awaiting_code(session, turn.customer)
        if not awaited:
            raise Conflict("nothing_to_confirm")
        phone = payments.send_code(session, awaited[0], actor=turn.actor)
        return say("utter_code_sent_again", phone=plain(phone))


def plain(masked: str) -> str:
    """A masked number in letters that fit a plain SMS."""
    return masked.replace("•", "*")
