"""Rasa's tokenizer for Indonesian chat: canonical forms, places in the original text."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.components import text as chat


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Normalizer(Tokenizer):
    """Tokens in canonical spelling; the message text itself stays as the customer wrote it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's tokenizer settings; intents are never split."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> Normalizer:
        """Nothing is trained or stored."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Canonical tokens; a message of signs only becomes one token, as Rasa expects one."""
        written = message.get(attribute) or ""
        pieces = chat.tokens(written)
        if not pieces:
            return [Token(written or "_", 0, len(written))]
        return [Token(piece.form, piece.start, piece.end) for piece in pieces]
