"""``/conversations``: what was said, and who speaks now."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import (
    ConversationSchema,
    MessageSchema,
    PageQuery,
    PhoneQuery,
    page_of,
)
from crm_core import conversations

blueprint = api_blueprint("conversations", "Conversations and messages")


class ConversationsQuery(PhoneQuery):
    """Which conversations."""

    handler = fields.String(metadata={"description": "bot, queue or agent"})


@blueprint.route("/conversations")
class Conversations(MethodView):
    """Conversations in pages."""

    @blueprint.arguments(ConversationsQuery, location="query")
    @blueprint.response(200, page_of(ConversationSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Conversations; ``phone`` is the customer's number or channel address."""
        with context.current().unit_of_work() as session:
            return conversations.listing(session, **asked)


@blueprint.route("/conversations/<uuid:conversation_id>")
class OneConversation(MethodView):
    """One conversation."""

    @blueprint.response(200, ConversationSchema)
    def get(self, conversation_id: Any) -> Any:
        """The conversation with this id."""
        with context.current().unit_of_work() as session:
            return conversations.view(session, str(conversation_id))


@blueprint.route("/conversations/<uuid:conversation_id>/messages")
class Messages(MethodView):
    """What was said in one conversation."""

    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_of(MessageSchema))
    def get(self, asked: dict[str, Any], conversation_id: Any) -> Any:
        """Messages in the order they came."""
        with context.current().unit_of_work() as session:
            return conversations.messages(session, str(conversation_id), **asked)
