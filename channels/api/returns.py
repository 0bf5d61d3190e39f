"""``/returns``: what customers send back, from the wish to what makes it good.

A program may write a return down. What needs a person's judgement (may it come, in which condition
is it, what makes it good) needs a person's name: ``staff``, the e-mail of somebody whose role
allows it. They stand in the history as the one who did it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from channels import context
from channels.api.blueprints import api_blueprint
from channels.api.goods import code, pieces
from channels.api.schemas import PhoneQuery, Record, page_of
from channels.api.writing import accepts_key, once
from crm_core import orders, returns, staff
from crm_core.catalogue.text import plain_code
from crm_core.errors import InvalidInput, NotAllowed, NotFound
from crm_core.returns import Condition, Outcome, ReturnKind, ReturnState
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.returns import Return

blueprint = api_blueprint("returns", "Returns, exchanges and warranty claims")
MOST_IDR = 10**12


class ReturnsQuery(PhoneQuery):
    """Which returns."""

    state = fields.Enum(ReturnState, by_value=True)


class ReturnLineSchema(Record):
    """Pieces of one part; ``condition`` is null until they are here."""

    part_code = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    unit_price_idr = fields.Integer()
    condition = fields.Enum(Condition, by_value=True, allow_none=True)
    restock = fields.Boolean(metadata={"description": "sold again"})


class ReturnSchema(Record):
    """A return; ``worth_idr`` is what its goods were paid with, after discounts."""

    return_code = fields.String()
    order_code = fields.String()
    customer_id = fields.String()
    kind = fields.Enum(ReturnKind, by_value=True)
    state = fields.Enum(ReturnState, by_value=True)
    reason = fields.String()
    lines = fields.List(fields.Nested(ReturnLineSchema))
    worth_idr = fields.Integer()
    decided_by = fields.String(allow_none=True)
    decision_reason = fields.String(allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    amount_idr = fields.Integer(allow_none=True)
    new_order_code = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    received_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    updated_at = fields.AwareDateTime()


class PiecesSchema(Schema):
    """Pieces of one part."""

    part_code = code(required=True)
    quantity = pieces(1, required=True)


class StaffSchema(Schema):
    """Who says so: the e-mail of an active member of staff."""

    staff = fields.String(validate=validate.Length(3, 254))


class NewReturnSchema(StaffSchema):
    """A wish to send something back; with ``staff`` also after its time."""

    order_code = fields.String(required=True, validate=validate.Length(1, 20))
    kind = fields.Enum(ReturnKind, by_value=True, required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 1000))
    lines = fields.List(
        fields.Nested(PiecesSchema), required=True, validate=validate.Length(1, 100)
    )


class ApproveSchema(StaffSchema):
    """The goods may come."""

    staff = fields.String(required=True, validate=validate.Length(3, 254))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class WithdrawSchema(StaffSchema):
    """The customer keeps the goods."""

    staff = fields.String(required=True, validate=validate.Length(3, 254))


class RefuseSchema(StaffSchema):
    """The goods stay where they are."""

    staff = fields.String(required=True, validate=validate.Length(3, 254))
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class FoundSchema(Schema):
    """How the pieces of one part were found; unopened ones are sold again unless told."""

    part_code = code(required=True)
    condition = fields.Enum(Condition, by_value=True, required=True)
    restock = fields.Boolean()


class ReceiveSchema(StaffSchema):
    """The goods are here."""

    staff = fields.String(required=True, validate=validate.Length(3, 254))
    lines = fields.List(fields.Nested(FoundSchema), required=True, validate=validate.Length(1, 100))


class SettleSchema(StaffSchema):
    """What makes it good.

    ``amount_idr`` (refund, credit) is what the goods were paid with if left out; another amount
    needs a ``reason``. ``replacement`` (exchange) is the same parts if left out.
    """

    staff = fields.String(required=True, validate=validate.Length(3, 254))
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    amount_idr = fields.Integer(strict=True, validate=validate.Range(0, MOST_IDR))
    replacement = fields.List(fields.Nested(PiecesSchema), validate=validate.Length(1, 100))
    reason = fields.String(load_default="", validate=validate.Length(max=500))


@blueprint.route("/returns")
class Returns(MethodView):
    """Returns in pages."""

    @blueprint.arguments(ReturnsQuery, location="query")
    @blueprint.response(200, page_of(ReturnSchema))
    def get(self, asked: dict[str, Any]) -> Any:
        """Returns, newest first."""
        state = asked.pop("state", None)
        with context.current().unit_of_work() as session:
            return returns.listing(session, states=[str(state)] if state else (), **asked)

    @accepts_key(blueprint)
    @blueprint.arguments(NewReturnSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any]) -> Any:
        """Write down what is to come back of an order that was sent.

        Refused with 409: more than was bought, after its time, without a warranty.
        """

        def ask(session: Any) -> Any:
            order = orders.by_code(session, told["order_code"])
            wanted = _summed(told["lines"])
            actor = _actor(session, told, "orders")
            made = returns.ask(
                session, order, wanted, kind=told["kind"], reason=told["reason"], actor=actor
            )
            return returns.view(session, made)

        return once(ReturnSchema, ask)


@blueprint.route("/returns/<return_code>")
class OneReturn(MethodView):
    """One return."""

    @blueprint.response(200, ReturnSchema)
    def get(self, return_code: str) -> Any:
        """The return with this code."""
        with context.current().unit_of_work() as session:
            return returns.view(session, returns.by_code(session, return_code))


@blueprint.route("/returns/<return_code>/approve")
class Approve(MethodView):
    """Yes."""

    @accepts_key(blueprint)
    @blueprint.arguments(ApproveSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any], return_code: str) -> Any:
        """Let the goods come; the customer learns where to bring or send them."""

        def approve(session: Session, found: Return, actor: Actor) -> None:
            returns.approve(session, found, actor=actor, note=told["note"])

        return _moved(return_code, told, "stock", approve)


@blueprint.route("/returns/<return_code>/refuse")
class Refuse(MethodView):
    """No."""

    @accepts_key(blueprint)
    @blueprint.arguments(RefuseSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any], return_code: str) -> Any:
        """Refuse it; the customer learns why."""

        def refuse(session: Session, found: Return, actor: Actor) -> None:
            returns.refuse(session, found, actor=actor, reason=told["reason"])

        return _moved(return_code, told, "stock", refuse)


@blueprint.route("/returns/<return_code>/receive")
class Receive(MethodView):
    """The goods are here."""

    @accepts_key(blueprint)
    @blueprint.arguments(ReceiveSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any], return_code: str) -> Any:
        """Say in which condition each part came; what is sold again is in stock at once."""

        def receive(session: Session, found: Return, actor: Actor) -> None:
            said = {_plain(line): line for line in told["lines"]}
            again = {name: line["restock"] for name, line in said.items() if "restock" in line}
            conditions = {name: line["condition"] for name, line in said.items()}
            returns.receive(session, found, conditions, actor=actor, restock=again)

        return _moved(return_code, told, "orders", receive)


@blueprint.route("/returns/<return_code>/settle")
class Settle(MethodView):
    """Make it good."""

    @accepts_key(blueprint)
    @blueprint.arguments(SettleSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any], return_code: str) -> Any:
        """Refund, keep as a credit, exchange, or nothing with a reason.

        A refund becomes a task of people: no money leaves by itself.
        """

        def settle(session: Session, found: Return, actor: Actor) -> None:
            chosen = told.get("replacement")
            returns.settle(
                session, found, told["outcome"], actor=actor,
                amount_idr=told.get("amount_idr"), reason=told["reason"],
                replacement=_summed(chosen) if chosen else None,
            )  # fmt: skip

        return _moved(return_code, told, "stock", settle)


@blueprint.route("/returns/<return_code>/withdraw")
class Withdraw(MethodView):
    """The customer keeps the goods."""

    @accepts_key(blueprint)
    @blueprint.arguments(WithdrawSchema)
    @blueprint.response(200, ReturnSchema)
    def post(self, told: dict[str, Any], return_code: str) -> Any:
        """End a return before the goods are here."""

        def withdraw(session: Session, found: Return, actor: Actor) -> None:
            returns.withdraw(session, found, actor=actor)

        return _moved(return_code, told, "orders", withdraw)


def _moved(
    return_code: str,
    told: dict[str, Any],
    permission: str,
    deed: Callable[[Session, Return, Actor], None],
) -> Any:
    """The return after ``deed`` by whoever is named in ``told``, once per key."""

    def work(session: Session) -> Any:
        found = returns.by_code(session, return_code)
        deed(session, found, _actor(session, told, permission))
        return returns.view(session, found)

    return once(ReturnSchema, work)


def _plain(line: dict[str, Any]) -> str:
    return plain_code(line["part_code"])


def _summed(lines: list[dict[str, Any]]) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for line in lines:
        name = _plain(line)
        wanted[name] = wanted.get(name, 0) + line["quantity"]
    return wanted


def _actor(session: Any, told: dict[str, Any], permission: str) -> Actor:
    """Whoever is named, if their role allows it; without a name the program itself."""
    email = told.get("staff")
    if email is None:
        return Actor.system("api")
    try:
        person = staff.by_email(session, email)
    except NotFound:
        raise InvalidInput("staff_unknown") from None
    if not person.active:
        raise InvalidInput("staff_unknown")
    if not staff.may(person.role, permission):
        raise NotAllowed("staff_may_not", permission=permission)
    return Actor.of_staff(person)
