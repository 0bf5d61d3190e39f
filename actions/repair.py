"""When we did not understand: an example to rephrase by, then guesses, then a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import finding, noting, people
from actions.base import CrmAction
from actions.reply import Option, Reply, ask, command
from crm_core import catalogue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

GUESSABLE = (
    "find_part", "order_part", "check_fitment", "show_cart", "checkout", "order_status",
    "ask_payment_method", "report_payment", "ask_shipping", "track_shipment", "complain",
    "return_part", "ask_store_info", "cancel_order", "ask_promo", "change_cart",
)  # fmt: skip
"""Intents that make sense as a guess; each has a label ``utter_label_guess_<intent>``."""
MOST_GUESSES = 3


class DefaultFallback(CrmAction):
    """Nothing was understood."""

    action_name = "action_default_fallback"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The next step of the ladder. A message that names a part is a search after all."""
        if turn.typed and not turn.active_form:
            result = catalogue.search(session, turn.typed, bikes=finding.bikes_of(session, turn))
            if result.hits and finding.names_part(result.understood):
                return finding.find(session, turn, turn.typed)
        return climb(session, turn)


def climb(session: Session, turn: Turn) -> Reply:
    """One step further up the ladder; any turn that is understood leads back to its foot.

    Whoever is angry and not understood gets a person at once: asking again would make it worse.
    """
    step = 3 if turn.angry else int(turn.slots.get("repairs") or 0) + 1
    noting.not_understood(session, turn, handed_over=step >= 3)
    if step >= 3:
        reply = people.hand_over(
            session, turn, reason="not_understood", response="utter_repair_person"
        )
        return reply.remember(repairs=None)
    if step == 2:
        return ask("utter_repair_guess", guesses(turn), awaiting="rephrase").remember(repairs=2)
    return ask("utter_repair_rephrase", awaiting="rephrase").remember(repairs=1)


def guesses(turn: Turn) -> list[Option]:
    """Two or three things the customer may have meant, and a person."""
    likely = [name for name, _ in turn.ranking if name in GUESSABLE][:2]
    for usual in ("find_part", "order_status"):
        if len(likely) < 2 and usual not in likely:
            likely.append(usual)
    options = [
        Option(turn.words.label(f"guess_{name}"), command(name)) for name in likely[:MOST_GUESSES]
    ]
    return [*options, turn.option("person", "talk_to_human")]
