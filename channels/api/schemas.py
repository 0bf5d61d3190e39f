"""The fields of the API. Those here stay; more may be added, none is renamed or removed.

Times are ISO 8601 in UTC, money is whole rupiah (``_idr``), ids are opaque text or numbers.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate


class Record(Schema):
    """A schema whose fields are filled from a dataclass or a mapping."""

    class Meta:
        """Answers keep the order in which fields are written here."""

        ordered = True


class PageQuery(Schema):
    """How to walk through a list."""

    cursor = fields.String(metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class ChangedQuery(PageQuery):
    """A list that can be asked for changes only."""

    updated_since = fields.AwareDateTime(
        default_timezone=None, metadata={"description": "ISO 8601 with zone"}
    )


class PhoneQuery(ChangedQuery):
    """A list that can be narrowed to one phone number."""

    phone = fields.String(metadata={"description": "any spelling: 0812…, 62812…, +62812…"})


class FitmentSchema(Record):
    """A bike a part fits."""

    model = fields.String()
    generation = fields.String(allow_none=True)
    year_from = fields.Integer(allow_none=True)
    year_to = fields.Integer(allow_none=True)


class PartSchema(Record):
    """A catalogue item; ``price_idr`` is null when the price is on request."""

    part_code = fields.String()
    name = fields.String()
    category = fields.String(allow_none=True)
    price_idr = fields.Integer(allow_none=True)
    stock_available = fields.Integer()
    unit = fields.String()
    weight_g = fields.Integer(allow_none=True)
    description = fields.String(allow_none=True)
    original = fields.Boolean()
    fitments = fields.List(fields.Nested(FitmentSchema))


class AddressSchema(Record):
    """Where a customer can be reached."""

    channel = fields.String()
    address = fields.String()


class BikeSchema(Record):
    """A bike of a customer."""

    model = fields.String()
    generation = fields.String(allow_none=True)
    year = fields.Integer(allow_none=True)


class ConsentsSchema(Record):
    """What a customer has agreed to."""

    promo = fields.Boolean()


class CustomerSchema(Record):
    """Somebody who writes to the shop."""

    id = fields.String()
    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    language = fields.String()
    addresses = fields.List(fields.Nested(AddressSchema))
    bikes = fields.List(fields.Nested(BikeSchema))
    consents = fields.Nested(ConsentsSchema)
    updated_at = fields.AwareDateTime()


class ConversationSchema(Record):
    """Everything said over one channel address, and who speaks there now."""

    id = fields.String()
    customer_id = fields.String()
    channel = fields.String()
    handler = fields.String(metadata={"description": "bot, queue or agent"})
    epoch = fields.Integer()
    last_message_at = fields.AwareDateTime(allow_none=True)


class MediaSchema(Record):
    """A picture of a message."""

    id = fields.Integer()
    content_type = fields.String()
    state = fields.String()
    url = fields.String(allow_none=True)


class MessageSchema(Record):
    """One message; ``status`` of an outbound one is queued … read, failed or unknown."""

    id = fields.Integer()
    direction = fields.String()
    author = fields.String()
    kind = fields.String(
        metadata={
            "description": "text, tap, photo, list, voice, video, document, contact, sticker,"
            " reaction, location or other"
        }
    )
    text = fields.String()
    quoted = fields.String(
        allow_none=True,
        metadata={"description": "the start of the message that this one answers by quoting it"},
    )
    media = fields.List(fields.Nested(MediaSchema))
    status = fields.String()
    at = fields.AwareDateTime()


class LineSchema(Record):
    """One part of an order, with the price agreed when it was placed."""

    part_code = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    unit_price_idr = fields.Integer()
    subtotal_idr = fields.Integer()
    note = fields.String(
        allow_none=True, metadata={"description": "what the customer wrote to this part"}
    )


class DiscountSchema(Record):
    """Something taken off an order; together they are ``discount_idr``."""

    kind = fields.String(metadata={"description": "promotion, voucher, points or bargain"})
    label = fields.String()
    amount_idr = fields.Integer()


class RecipientSchema(Record):
    """To whom an order goes."""

    name = fields.String()
    phone = fields.String(allow_none=True)
    address = fields.String()
    district = fields.String()


class OrderSchema(Record):
    """An order: lines, totals, state, and where it goes."""

    order_code = fields.String()
    customer_id = fields.String()
    state = fields.String()
    lines = fields.List(fields.Nested(LineSchema))
    items_idr = fields.Integer()
    shipping_idr = fields.Integer()
    discounts = fields.List(fields.Nested(DiscountSchema))
    discount_idr = fields.Integer()
    total_idr = fields.Integer()
    recipient = fields.Nested(RecipientSchema)
    note = fields.String(
        allow_none=True, metadata={"description": "what the customer wrote to the whole order"}
    )
    courier = fields.String(allow_none=True)
    tracking_number = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class BankAccountSchema(Record):
    """An account of the shop."""

    bank = fields.String()
    number = fields.String()
    holder = fields.String()


class PaymentSchema(Record):
    """What an order waits for; ``amount_due_idr`` includes the unique code."""

    order_code = fields.String()
    state = fields.String()
    amount_due_idr = fields.Integer()
    unique_code = fields.Integer()
    amount_received_idr = fields.Integer(allow_none=True)
    bank_account = fields.Nested(BankAccountSchema)
    updated_at = fields.AwareDateTime()


class ComplaintSchema(Record):
    """Something that went wrong, with its number."""

    complaint_code = fields.String()
    customer_id = fields.String()
    order_code = fields.String(allow_none=True)
    category = fields.String()
    urgency = fields.String()
    state = fields.String()
    text = fields.String()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class HandoffSchema(Record):
    """A conversation that went, or goes, from the bot to a person."""

    conversation_id = fields.String()
    reason = fields.String()
    state = fields.String(metadata={"description": "waiting, claimed or returned"})
    agent = fields.String(allow_none=True)
    requested_at = fields.AwareDateTime()
    promised_at = fields.AwareDateTime(allow_none=True)


def page_of(schema: type[Record]) -> Any:
    """The schema of one page of ``schema``: ``{"items": […], "next": cursor or null}``."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(schema)),
            "next": fields.String(allow_none=True),
        },
        name=schema.__name__.replace("Schema", "Page"),
    )
