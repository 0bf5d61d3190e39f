"""Writing a note to the cart, or to an order that nobody has packed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import remarking, remarkwords, vouchers
from actions.base import CrmAction
from actions.reply import Reply, say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


class WriteNote(CrmAction):
    """ "Catatan: titip di satpam", "yg vario warna hitam ya", "hapus catatan"."""

    action_name = "action_write_note"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Keep it with the cart, else with the newest order that is not packed yet."""
        said = remarkwords.note_in(turn.typed) or remarkwords.NoteSaid(turn.typed)
        if not said.words and not said.drop:
            return say("utter_note_which") + vouchers.after(session, turn)
        return remarking.keep(session, turn, said) + vouchers.after(session, turn)
