"""Reads the clauses of a message one by one, with whatever the pipeline holds between two places.

The classifier gives a message one intent. `ClauseSplitter` stands at the head of the pipeline and
sends the pieces of a message through it beside the message itself; `ClauseJoiner` stands at its
end, takes them out again and keeps what each was read as under `clauses`. Which of them matter is
decided where the dialogue is known (`actions/wishes.py`).
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.clauses import pieces

CLAUSES = "clauses"
DOUBT = 0.6
"""Below this confidence half of the guesses about whole messages are right (decision 0016)."""
SURE = 0.9
ASIDE = frozenset({"ask_shipping", "ask_store_info", "ask_payment_method", "ask_promo"})
"""Questions that are answered beside a wish for a part, which is the message's main matter."""
PARTS = frozenset({"find_part", "order_part"})
KIN = ({"complain", "return_part"}, {"order_status", "track_shipment"})
"""Served alike: the one looks after what the other is about too."""
FALLBACK = "nlu_fallback"
_PIECE_OF_OTHER = "piece_of_other"


class _ClauseComponent(GraphComponent):
    """What both share: nothing is learned."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],  # noqa: ARG003 - Rasa's signature
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> _ClauseComponent:
        """Nothing is trained or stored."""
        return cls()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseSplitter(_ClauseComponent):
    """Puts the clauses of a message behind it, to be read like messages."""

    def process(self, messages: list[Message]) -> list[Message]:
        """The messages, then their pieces, each marked with the place of its message."""
        extra = [
            Message(data={TEXT: piece, _PIECE_OF_OTHER: place})
            for place, message in enumerate(messages)
            for piece in pieces(message.get(TEXT) or "")
        ]
        return [*messages, *extra]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseJoiner(_ClauseComponent):
    """Takes the clauses out again and keeps their intents with the message they come from."""

    def process(self, messages: list[Message]) -> list[Message]:
        """The messages that came in, with `clauses` where there were some."""
        whole = [message for message in messages if message.get(_PIECE_OF_OTHER) is None]
        for place, message in enumerate(whole):
            parts = [
                {"text": part.get(TEXT), **_guess(part)}
                for part in messages
                if part.get(_PIECE_OF_OTHER) == place
            ]
            if parts:
                message.set(CLAUSES, parts, add_to_output=True)
                _settle(message, parts)
            _take_kin(message)
        return whole


def _settle(message: Message, parts: list[dict[str, Any]]) -> None:
    """Where the whole leaves a doubt, its first clause that is sure of a likely intent decides; so
    does one that surely wants a part where the whole was read as a question beside it.
    """
    ranking = message.get("intent_ranking") or []
    if not ranking:
        return
    likely: frozenset[str] = frozenset()
    if float(ranking[0]["confidence"]) < DOUBT:
        likely = frozenset(guess["name"] for guess in ranking[:4])
    elif ranking[0]["name"] in ASIDE:
        likely = PARTS
    for part in parts:
        if part["confidence"] >= SURE and part["intent"] in likely:
            best = {"name": part["intent"], "confidence": DOUBT}
            others = [guess for guess in ranking if guess["name"] != part["intent"]]
            message.set("intent", best, add_to_output=True)
            message.set("intent_ranking", [best, *others], add_to_output=True)
            return


def _take_kin(message: Message) -> None:
    """Where the doubt is only which of two that are served alike is meant, the likelier is taken:
    "penipu, seminggu ga sampai, balikin duit" is a complaint and wants the money back.
    """
    ranking = message.get("intent_ranking") or []
    if len(ranking) < 3 or ranking[0]["name"] != FALLBACK:
        return
    first, second = ranking[1:3]
    both = float(first["confidence"]) + float(second["confidence"])
    if both >= SURE and {first["name"], second["name"]} in KIN:
        best = {"name": first["name"], "confidence": DOUBT}
        message.set("intent", best, add_to_output=True)
        message.set("intent_ranking", [best, *ranking[2:]], add_to_output=True)


def _guess(part: Message) -> dict[str, Any]:
    intent = part.get(INTENT) or {}
    return {"intent": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}
