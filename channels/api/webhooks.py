"""``/webhook-endpoints`` and ``/webhook-deliveries``: who is told what happens, and was it taken.

What an event looks like stands in the description of the API under ``webhooks``.
"""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.schemas import ChangedQuery, Record, page_of
from channels.api.writing import accepts_key, once
from channels.webhooks import trying_out
from crm_core import webhooks
from crm_core.timeline import Actor
from crm_core.webhooks import DeliveryState, EndpointState, WebhookEndpoint

blueprint = api_blueprint("webhooks", "Programs that hear what happens")
ERP = Actor.system("api")


def address(**more: Any) -> fields.String:
    """Where events are posted to."""
    described = {"description": "https to a public host", "example": "https://erp.example/sapa"}
    return fields.String(validate=validate.Length(1, 500), metadata=described, **more)


def chosen(**more: Any) -> Any:
    """Types of events."""
    one = fields.String(validate=validate.OneOf(webhooks.TYPES))
    return fields.List(one, validate=validate.Length(1, len(webhooks.TYPES)), **more)


class EndpointSchema(Record):
    """A receiver; ``why_paused`` says if a rule paused it (failing, gone), null if a person did."""

    id = fields.String()
    url = fields.String()
    note = fields.String()
    types = fields.List(fields.String())
    state = fields.Enum(EndpointState, by_value=True)
    why_paused = fields.String(allow_none=True)
    failing_since = fields.AwareDateTime(allow_none=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    pending = fields.Integer(metadata={"description": "deliveries that wait"})
    dead = fields.Integer(metadata={"description": "deliveries that were given up"})
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class SecretEndpointSchema(EndpointSchema):
    """A receiver with the secret that signs; it is shown only in the answer that makes it."""

    secret = fields.String(metadata={"description": "whsec_…, as receivers' libraries take it"})


class EndpointsSchema(Record):
    """All receivers; there are never more than a few."""

    items = fields.List(fields.Nested(EndpointSchema))


class NewEndpointSchema(Schema):
    """Whom to tell what."""

    url = address(required=True)
    types = chosen(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=120))


class EndpointChangesSchema(Schema):
    """What is to be different; what is left out stays."""

    url = address()
    types = chosen()
    note = fields.String(validate=validate.Length(max=120))
    state = fields.String(
        validate=validate.OneOf(["active", "paused"]),
        metadata={"description": "active: post again, at once and with all that waits"},
    )


class DeliveriesQuery(ChangedQuery):
    """Which deliveries."""

    endpoint_id = fields.String()
    state = fields.Enum(DeliveryState, by_value=True)


class DeliverySchema(Record):
    """One event for one receiver; ``status`` and ``error`` are of the last attempt."""

    id = fields.Integer()
    endpoint_id = fields.String()
    event_id = fields.String(metadata={"description": "the header webhook-id"})
    type = fields.String()
    state = fields.Enum(DeliveryState, by_value=True)
    attempts = fields.Integer()
    status = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True)
    body = fields.String(metadata={"description": "what is signed and sent"})
    due_at = fields.AwareDateTime(metadata={"description": "of a pending one: not before"})
    tried_at = fields.AwareDateTime(allow_none=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class AcceptedSchema(Record):
    """It will be sent."""

    accepted = fields.Boolean()


@blueprint.route("/webhook-endpoints")
class Endpoints(MethodView):
    """Receivers."""

    @blueprint.response(200, EndpointsSchema)
    def get(self) -> Any:
        """All receivers."""
        with context.current().unit_of_work() as session:
            return {"items": webhooks.endpoints(session)}

    @accepts_key(blueprint)
    @blueprint.arguments(NewEndpointSchema)
    @blueprint.response(200, SecretEndpointSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Register a receiver. Only this answer has its secret."""

        def add(session: Any) -> dict[str, Any]:
            made = webhooks.add(
                session, told["url"], told["types"], actor=ERP, loopback=_loopback(),
                note=told["note"],
            )  # fmt: skip
            return with_secret(session, made)

        return once(SecretEndpointSchema, add, secret=True)


@blueprint.route("/webhook-endpoints/<uuid:endpoint_id>")
class OneEndpoint(MethodView):
    """One receiver."""

    @blueprint.response(200, EndpointSchema)
    def get(self, endpoint_id: Any) -> Any:
        """The receiver with this id, also a removed one."""
        with context.current().unit_of_work() as session:
            return webhooks.view(session, webhooks.by_public_id(session, str(endpoint_id)))

    @accepts_key(blueprint)
    @blueprint.arguments(EndpointChangesSchema)
    @blueprint.response(200, EndpointSchema)
    def patch(self, told: dict[str, Any], endpoint_id: Any) -> Any:
        """Change a receiver, pause it or post to it again: all of it or nothing."""

        state = told.pop("state", None)

        def change(session: Any) -> Any:
            found = webhooks.by_public_id(session, str(endpoint_id))
            webhooks.change(session, found, actor=ERP, loopback=_loopback(), **told)
            if state == "paused":
                webhooks.pause(session, found, actor=ERP)
            elif state == "active":
                webhooks.resume(session, found, actor=ERP)
            return webhooks.view(session, found)

        return once(EndpointSchema, change)

    @accepts_key(blueprint)
    @blueprint.response(200, EndpointSchema)
    def delete(self, endpoint_id: Any) -> Any:
        """Tell it nothing more, also not what waits."""

        def remove(session: Any) -> Any:
            found = webhooks.by_public_id(session, str(endpoint_id))
            return webhooks.view(session, webhooks.remove(session, found, actor=ERP))

        return once(EndpointSchema, remove)


@blueprint.route("/webhook-endpoints/<uuid:endpoint_id>/secret")
class EndpointSecret(MethodView):
    """The key that signs."""

    @accepts_key(blueprint)
    @blueprint.response(200, SecretEndpointSchema)
    def post(self, endpoint_id: Any) -> Any:
        """Make a new secret; for a day events are signed with the former one too."""

        def renew(session: Any) -> dict[str, Any]:
            found = webhooks.by_public_id(session, str(endpoint_id))
            return with_secret(session, webhooks.new_secret(session, found, actor=ERP))

        return once(SecretEndpointSchema, renew, secret=True)


@blueprint.route("/webhook-endpoints/<uuid:endpoint_id>/test")
class EndpointTest(MethodView):
    """A try."""

    @accepts_key(blueprint)
    @blueprint.response(200, AcceptedSchema)
    def post(self, endpoint_id: Any) -> Any:
        """Send an event of the type ``sapa.test`` to this receiver."""

        def ping(session: Any) -> dict[str, bool]:
            webhooks.ping(session, webhooks.by_public_id(session, str(endpoint_id)))
            return {"accepted": True}

        return once(AcceptedSchema, ping)


@blueprint.route("/webhook-deliveries")
class Deliveries(MethodView):
    """Deliveries in pages."""

    @blueprint.arguments(DeliveriesQuery, location="query")
    @blueprint.response(200, page_of(DeliverySchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Deliveries, newest first; kept for a month after they are over."""
        with context.current().unit_of_work() as session:
            return webhooks.deliveries(session, **asked)


@blueprint.route("/webhook-endpoints/<uuid:endpoint_id>/deliveries/<int:delivery_id>/resend")
class Resend(MethodView):
    """One delivery, again."""

    @accepts_key(blueprint)
    @blueprint.response(200, AcceptedSchema)
    def post(self, endpoint_id: Any, delivery_id: int) -> Any:
        """Send an event again that was given up or taken, under the same webhook-id."""

        def again(session: Any) -> dict[str, bool]:
            found = webhooks.by_public_id(session, str(endpoint_id))
            webhooks.resend(session, found, delivery_id)
            return {"accepted": True}

        return once(AcceptedSchema, again)


def with_secret(session: Any, made: WebhookEndpoint) -> dict[str, Any]:
    """A receiver with its secret, for the one answer that shows it."""
    shown = webhooks.view(session, made)
    names = EndpointSchema().fields
    return {"secret": made.secret, **{name: getattr(shown, name) for name in names}}


def _loopback() -> bool:
    return trying_out(context.current().settings)
