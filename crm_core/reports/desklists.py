"""Lists of the desk: talks, prices asked for, the bank's papers, parcels, people, who did what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import aliased

from crm_core.catalogue.models import Category, Part
from crm_core.comments.models import Comment
from crm_core.comments.rules import CommentKind, CommentState
from crm_core.conversations.models import Conversation
from crm_core.customers.models import PRICE_CLASSES, Customer
from crm_core.learning.models import Misunderstood
from crm_core.learning.rules import Reason, State
from crm_core.loyalty.models import PointsEntry
from crm_core.orders.models import Order
from crm_core.orders.rules import OrderState
from crm_core.payments.matching import DifferenceKind, DifferenceState, MutationState
from crm_core.payments.models import (
    BankAccount,
    BankFile,
    BankMutation,
    Difference,
    Payment,
    Refund,
)
from crm_core.pricing.models import Bargain, MarginRule
from crm_core.pricing.rules import BargainState
from crm_core.reports.tables import Column, Table
from crm_core.shipments.models import BatchOrder, ShipmentBatch
from crm_core.shipments.rules import BatchState
from crm_core.shipping.models import District, ShippingRate
from crm_core.shop.models import Holiday
from crm_core.staff.models import Staff
from crm_core.staff.rules import ROLES
from crm_core.timeline.models import Entry
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from crm_core.webhooks.rules import DeliveryState

METHODS = ("driver", "courier", "pickup")
SUBJECTS = (
    "bank_account", "bank_file", "bank_mutation", "bargain", "batch", "cart", "catalogue",
    "category", "comment", "complaint", "conversation", "customer", "difference", "goods_receipt",
    "margin_rule", "message", "misunderstood", "order", "page", "part", "payment", "points",
    "promotion", "return", "shipping", "shop", "staff", "training", "webhook",
)  # fmt: skip
"""What the timeline speaks of."""
_Wanted = Select[Any]
_second = aliased(Staff)


def _number(value: Any) -> Column:
    return Column("id", cast(value, Text), leads_to=True)


def _word(name: str, value: Any, group: str, choices: Any) -> Column:
    return Column(name, value, "word", group, tuple(str(one) for one in choices))


def _bargains(query: _Wanted) -> _Wanted:
    joined = query.select_from(Bargain).join(Part, Part.id == Bargain.part_id)
    joined = joined.join(Customer, Customer.id == Bargain.customer_id)
    return joined.outerjoin(Staff, Staff.id == Bargain.staff_id)


def _margins(query: _Wanted) -> _Wanted:
    joined = query.select_from(MarginRule).outerjoin(
        Category, Category.id == MarginRule.category_id
    )
    return joined.join(Staff, Staff.id == MarginRule.set_by)


def _mutations(query: _Wanted) -> _Wanted:
    joined = query.select_from(BankMutation).join(
        BankAccount, BankAccount.id == BankMutation.bank_account_id
    )
    paid = joined.outerjoin(Payment, Payment.id == BankMutation.payment_id)
    return paid.outerjoin(Order, Order.id == Payment.order_id)


def _differences(query: _Wanted) -> _Wanted:
    joined = query.select_from(Difference).join(
        BankAccount, BankAccount.id == Difference.bank_account_id
    )
    paid = joined.outerjoin(Payment, Payment.id == Difference.payment_id)
    named = paid.outerjoin(Order, Order.id == Payment.order_id)
    return named.outerjoin(Staff, Staff.id == Difference.owner_id)


def _refunds(query: _Wanted) -> _Wanted:
    joined = query.select_from(Refund).join(Staff, Staff.id == Refund.requested_by)
    return joined.outerjoin(_second, _second.id == Refund.approved_by)


def _points(query: _Wanted) -> _Wanted:
    joined = query.select_from(PointsEntry).join(Customer, Customer.id == PointsEntry.customer_id)
    return joined.outerjoin(Order, Order.id == PointsEntry.order_id)


def _talks(query: _Wanted) -> _Wanted:
    return query.select_from(Conversation).join(Customer, Customer.id == Conversation.customer_id)


def _comments(query: _Wanted) -> _Wanted:
    joined = query.select_from(Comment).join(Customer, Customer.id == Comment.customer_id)
    return joined.outerjoin(Part, Part.id == Comment.part_id)


DESK = (
    Table("talks", "reply", Conversation.id, (
        Column("id", cast(Conversation.public_id, Text), leads_to=True),
        Column("name", Customer.name),
        _word("channel", Conversation.channel, "channel", ("whatsapp", "sms", "web")),
        _word("handler", Conversation.handler, "handler", ("bot", "queue", "agent")),
        Column("unread", Conversation.unread, "number"),
        Column("last_at", Conversation.last_inbound_at, "moment"),
    ), _talks, "-last_at"),
    Table("comments", "reply", Comment.id, (
        _number(Comment.id), _word("kind", Comment.kind, "comment_kind", CommentKind),
        _word("state", Comment.state, "comment", CommentState), Column("text", Comment.text),
        Column("customer", Customer.name), Column("part", Part.part_code),
        Column("may_publish", Comment.may_publish, "flag"), Column("answer", Comment.answer),
        Column("created_at", Comment.created_at, "moment"),
    ), _comments, "-created_at"),
    Table("bargains", "reply", Bargain.id, (
        _number(Bargain.id), Column("name", Part.name), Column("part", Part.part_code),
        Column("customer", Customer.name),
        _word("price_class", Customer.price_class, "price_class", PRICE_CLASSES),
        Column("quantity", Bargain.quantity, "number"),
        Column("price_idr", Bargain.price_idr, "rupiah"),
        Column("asked_idr", Bargain.asked_idr, "rupiah"),
        Column("offered_idr", Bargain.offered_idr, "rupiah"),
        _word("state", Bargain.state, "bargain_state", BargainState),
        Column("by", Staff.name), Column("created_at", Bargain.created_at, "moment"),
    ), _bargains, "-created_at"),
    Table("margins", "orders", MarginRule.id, (
        Column("category", Category.name_id),
        _word("price_class", MarginRule.price_class, "price_class", PRICE_CLASSES),
        Column("max_percent", MarginRule.max_percent, "number"),
        Column("active", MarginRule.active, "flag"), Column("by", Staff.name),
        Column("updated_at", MarginRule.set_at, "moment"),
    ), _margins),
    Table("misunderstood", "reply", Misunderstood.id, (
        Column("text", Misunderstood.text), Column("guess", Misunderstood.guess, "word", "intent"),
        _word("reason", Misunderstood.reason, "misread", Reason),
        _word("state", Misunderstood.state, "misunderstood", State),
        Column("label", Misunderstood.label, "word", "intent"),
        _word("language", Misunderstood.language, "language", ("id", "en")),
        Column("created_at", Misunderstood.created_at, "moment"),
    ), lambda q: q.select_from(Misunderstood), "-created_at"),
    Table("rounds", "orders", ShipmentBatch.id, (
        _number(ShipmentBatch.id), Column("day", ShipmentBatch.day, "day"),
        _word("method", ShipmentBatch.method, "method", METHODS),
        Column("courier", ShipmentBatch.courier),
        _word("state", ShipmentBatch.state, "batch", BatchState),
        Column("parcels", select(func.count()).where(
            BatchOrder.batch_id == ShipmentBatch.id).scalar_subquery(), "number"),
        Column("handed_over_at", ShipmentBatch.handed_over_at, "moment"),
    ), lambda q: q.select_from(ShipmentBatch), "-day"),
    Table("parcels", "orders", Order.id, (
        Column("code", Order.order_code, leads_to=True),
        _word("state", Order.state, "order", OrderState), Column("recipient", Order.recipient_name),
        Column("district", Order.district_label),
        _word("method", Order.shipping_method, "method", METHODS),
        Column("courier", Order.courier), Column("tracking", Order.tracking_number),
        Column("shipped_at", Order.shipped_at, "moment"),
        Column("delivered_at", Order.delivered_at, "moment"),
    ), lambda q: q.select_from(Order).where(
        Order.state.in_(["packed", "shipped", "delivered", "completed", "returned"])),
        "-shipped_at"),
    Table("rates", "orders", ShippingRate.id, (
        _number(ShippingRate.id), Column("district", District.name),
        Column("regency", District.regency), Column("province", District.province),
        _word("method", ShippingRate.method, "method", METHODS),
        Column("courier", ShippingRate.courier),
        Column("first_kg_idr", ShippingRate.first_kg_idr, "rupiah"),
        Column("next_kg_idr", ShippingRate.next_kg_idr, "rupiah"),
        Column("days_min", ShippingRate.days_min, "number"),
        Column("days_max", ShippingRate.days_max, "number"),
    ), lambda q: q.select_from(ShippingRate).join(District), "district"),
    Table("mutations", "payments", BankMutation.id, (
        _number(BankMutation.id), Column("day", BankMutation.booked_on, "day"),
        Column("bank", BankAccount.bank),
        _word("direction", BankMutation.direction, "direction", ("in", "out")),
        Column("amount_idr", BankMutation.amount_idr, "rupiah"),
        Column("text", BankMutation.description), Column("reference", BankMutation.reference),
        _word("state", BankMutation.state, "mutation", MutationState),
        Column("order", Order.order_code),
    ), _mutations, "-day"),
    Table("differences", "payments", Difference.id, (
        _number(Difference.id), _word("kind", Difference.kind, "difference", DifferenceKind),
        _word("state", Difference.state, "difference_state", DifferenceState),
        Column("amount_idr", Difference.amount_idr, "rupiah"), Column("order", Order.order_code),
        Column("bank", BankAccount.bank), Column("owner", Staff.name),
        Column("reason", Difference.reason), Column("day", Difference.booked_on, "day"),
        Column("settled_at", Difference.settled_at, "moment"),
    ), _differences, "-day"),
    Table("refunds", "payments", Refund.id, (
        Column("created_at", Refund.created_at, "moment"),
        Column("amount_idr", Refund.amount_idr, "rupiah"), Column("bank", Refund.to_bank),
        Column("number", Refund.to_number), Column("holder", Refund.to_holder),
        Column("reason", Refund.reason), Column("by", Staff.name),
        Column("second", _second.name), Column("done_at", Refund.done_at, "moment"),
    ), _refunds, "-created_at"),
    Table("bank_files", "payments", BankFile.id, (
        _number(BankFile.id), Column("file", BankFile.name), Column("shape", BankFile.shape),
        Column("added", BankFile.added, "number"), Column("known", BankFile.known, "number"),
        Column("rejected", func.jsonb_array_length(BankFile.rejected), "number"),
        Column("by", Staff.name), Column("created_at", BankFile.created_at, "moment"),
    ), lambda q: q.select_from(BankFile).outerjoin(Staff, Staff.id == BankFile.imported_by),
        "-created_at"),
    Table("points", "reply", PointsEntry.id, (
        Column("at", PointsEntry.created_at, "moment"), Column("customer", Customer.name),
        _word("kind", PointsEntry.kind, "points",
              ("earned", "redeemed", "given_back", "reversed", "corrected")),
        Column("points", PointsEntry.points, "number"), Column("order", Order.order_code),
        Column("reason", PointsEntry.reason),
    ), _points, "-at"),
    Table("holidays", "pages", Holiday.day, (
        Column("day", Holiday.day, "day"), Column("name", Holiday.name),
    ), lambda q: q.select_from(Holiday)),
    Table("staff", "staff", Staff.id, (
        Column("name", Staff.name), Column("email", Staff.email),
        _word("role", Staff.role, "role", ROLES), Column("active", Staff.active, "flag"),
        Column("created_at", Staff.created_at, "moment"),
    ), lambda q: q.select_from(Staff)),
    Table("webhook_deliveries", "webhooks", WebhookDelivery.id, (
        Column("created_at", WebhookDelivery.created_at, "moment"),
        Column("event", WebhookEvent.type),
        _word("state", WebhookDelivery.state, "webhook_delivery", DeliveryState),
        Column("attempts", WebhookDelivery.attempts, "number"),
        Column("error", WebhookDelivery.error), Column("receiver", WebhookEndpoint.url),
    ), lambda q: q.select_from(WebhookDelivery)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id),
        "-created_at"),
    Table("history", "reports", Entry.id, (
        Column("at", Entry.at, "moment"), _word("subject", Entry.subject, "subject", SUBJECTS),
        Column("action", Entry.subject + "_" + Entry.action, "word", "action"),
        _word("actor", Entry.actor_kind, "author", ("customer", "bot", "staff", "system")),
        Column("by", Entry.actor_name), Column("customer", Customer.name),
    ), lambda q: q.select_from(Entry).outerjoin(Customer, Customer.id == Entry.customer_id),
        "-at"),
)  # fmt: skip
