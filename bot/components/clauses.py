"""Messages with more than one wish: "2 kampas rem beat 2019, ongkir ke sungai raya brp?".

The classifier gives a message one intent. `ClauseSplitter` stands at the head of the pipeline and
sends the pieces of such a message through it beside the message itself; `ClauseJoiner` stands at
its end, takes them out again and keeps what each was read as under `clauses`. Which of them
matter is decided where the dialogue is known (`actions/wishes.py`).
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import text as chat

CLAUSES = "clauses"
_PIECE_OF_OTHER = "piece_of_other"
LONGEST = 400
MOST = 6
"""A pasted list or a long story is not cut: more pieces than this are left whole."""
LEAST_WORDS = 5

_JOINING = (
    r"tr+u+s|terus|trs|s[ek]*kalian|skalian|btw|oh ?iya|o+h?iya|oya|eh iya|sama|dan|and|also|"
    r"plus|then|tapi|but|lalu|terakhir"
)
_HEADS = r"ongkir\w*|onkir\w*|ongkos kirim\w*|bisa cod|bs cod"
_BREAK = re.compile(
    r"(?<=[?!;])\s*(?=\S)|\n+|,\s+|(?<!\bjl)(?<!\bno)(?<!\bgg)(?<!\bkec)\.\s+|"
    rf"\s+(?=(?:{_JOINING}|{_HEADS})\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"^(?:(?:{_JOINING})\b[\s,]*)+", re.IGNORECASE)
_CUES = re.compile(
    r"\b(?:ongkos|ongkir|kirim|pengiriman|shipping|deliver\w*|cod|bayar\w*|pay\w*|transfer|"
    r"rekening|qris|jam|buka|tutup|open|close\w*|alamat|lokasi|promo|diskon|discount|poin|points?|"
    r"resi|paket|parcel|status|pesanan|order\w*|sampai|nota|invoice|struk|faktur|komplain|"
    r"complain\w*|keluhan|rusak|broken|salah|wrong|retur|return|refund|orang|manusia|admin|cs|"
    r"human|person|agent|checkout|lanjut|batal|cancel|kampas|busi|oli|ban|part|ada|cari|butuh)\b"
)


def pieces(written: str) -> list[str]:
    """The clauses of a message in order; empty when it is one, too long or too broken up."""
    if written.startswith("/") or len(written) > LONGEST or len(written.split()) < LEAST_WORDS:
        return []
    cut = [_OPENING.sub("", piece).strip(" ,") for piece in _BREAK.split(written)]
    found = [piece for piece in cut if re.search(r"\w", piece)]
    if not 2 <= len(found) <= MOST or len(set(_topics(written))) < 2:
        return []
    return found


def _topics(written: str) -> list[str]:
    return _CUES.findall(chat.normalize(written))


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
        return whole


def _guess(part: Message) -> dict[str, Any]:
    intent = part.get(INTENT) or {}
    return {"intent": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}
