"""The lists that the shop's people filter, sort and take away as files."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, cast, func

from crm_core.catalogue.models import Category, Part, StockLevel, StockMovement, Wish
from crm_core.complaints.models import Complaint
from crm_core.complaints.rules import ComplaintState, Urgency
from crm_core.customers.models import Customer
from crm_core.orders.models import Order
from crm_core.orders.rules import OrderState
from crm_core.payments.models import BankAccount, Payment
from crm_core.payments.rules import PaymentState
from crm_core.pricing.models import PriceTier, Promotion
from crm_core.reports.desklists import DESK
from crm_core.reports.tables import Column, Table
from crm_core.returns.models import Return
from crm_core.returns.rules import ReturnState
from crm_core.shop.models import Page
from crm_core.stock.models import GoodsLine, GoodsReceipt

CLASSES = ("walk_in", "workshop", "reseller")
_LEFT = func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0)


def _parts(query: Select[Any]) -> Select[Any]:
    joined = query.select_from(Part).outerjoin(Category, Category.id == Part.category_id)
    return joined.outerjoin(StockLevel, StockLevel.part_id == Part.id)


def _code(value: Any, **more: Any) -> Column:
    return Column("code", value, leads_to=True, **more)


def _states(value: Any, group: str, states: Any) -> Column:
    return Column("state", value, "word", group, tuple(str(state) for state in states))


_SHOP = (
    Table("parts", "orders", Part.id, (
        _code(Part.part_code), Column("name", Part.name), Column("category", Category.name_id),
        Column("price_idr", Part.price_idr, "rupiah"),
        Column("weight_g", Part.weight_g, "number"), Column("length_mm", Part.length_mm, "number"),
        Column("width_mm", Part.width_mm, "number"), Column("height_mm", Part.height_mm, "number"),
        Column("warranty_days", Part.warranty_days, "number"),
        Column("unit", Part.unit), Column("active", Part.active, "flag"),
        Column("updated_at", Part.updated_at, "moment"),
    ), _parts),
    Table("stock", "orders", Part.id, (
        _code(Part.part_code), Column("name", Part.name), Column("category", Category.name_id),
        Column("on_hand", func.coalesce(StockLevel.on_hand, 0), "number"),
        Column("reserved", func.coalesce(StockLevel.reserved, 0), "number"),
        Column("available", _LEFT, "number"), Column("active", Part.active, "flag"),
    ), _parts, "available"),
    Table("movements", "orders", StockMovement.id, (
        Column("at", StockMovement.at, "moment"), _code(Part.part_code),
        Column("name", Part.name),
        Column("kind", StockMovement.kind, "word", "movement",
               ("received", "corrected", "reserved", "released", "shipped", "returned")),
        Column("quantity", StockMovement.quantity, "number"),
        Column("reason", StockMovement.reason), Column("by", StockMovement.actor_name),
    ), lambda q: q.select_from(StockMovement).join(Part), "-at"),
    Table("receipts", "orders", GoodsLine.id, (
        Column("at", GoodsReceipt.received_at, "moment"),
        Column("supplier", GoodsReceipt.supplier), Column("document", GoodsReceipt.document),
        _code(Part.part_code), Column("name", Part.name),
        Column("quantity", GoodsLine.quantity, "number"), Column("note", GoodsReceipt.note),
        Column("by", GoodsReceipt.actor_name),
    ), lambda q: q.select_from(GoodsLine).join(GoodsReceipt).join(Part), "-at"),
    Table("categories", "orders", Category.id, (
        Column("code", Category.slug), Column("name_id", Category.name_id),
        Column("name_en", Category.name_en), Column("position", Category.position, "number"),
    ), lambda q: q.select_from(Category), "position"),
    Table("customers", "reply", Customer.id, (
        Column("name", Customer.name), Column("id", cast(Customer.public_id, Text), leads_to=True),
        Column("kind", Customer.kind, "word", "kind", ("individual", "workshop")),
        Column("price_class", Customer.price_class, "word", "price_class", CLASSES),
        Column("language", Customer.language, "word", "language", ("id", "en")),
        Column("promo_consent", Customer.promo_consent, "flag"),
        Column("created_at", Customer.created_at, "moment"),
    ), lambda q: q.select_from(Customer).where(Customer.merged_into_id.is_(None)), "-created_at"),
    Table("orders", "orders", Order.id, (
        _code(Order.order_code), _states(Order.state, "order", OrderState),
        Column("recipient", Order.recipient_name), Column("district", Order.district_label),
        Column("method", Order.shipping_method, "word", "method", ("driver", "courier", "pickup")),
        Column("cod", Order.pay_on_delivery, "flag"),
        Column("items_idr", Order.items_idr, "rupiah"),
        Column("shipping_idr", Order.shipping_idr, "rupiah"),
        Column("discount_idr", Order.discount_idr, "rupiah"),
        Column("total_idr", Order.total_idr, "rupiah"),
        Column("created_at", Order.created_at, "moment"),
    ), lambda q: q.select_from(Order), "-created_at"),
    Table("payments", "payments", Payment.id, (
        _code(Order.order_code), _states(Payment.state, "payment", PaymentState),
        Column("bank", BankAccount.bank),
        Column("amount_due_idr", Payment.amount_due_idr, "rupiah"),
        Column("amount_received_idr", Payment.amount_received_idr, "rupiah"),
        Column("reference", Payment.bank_reference),
        Column("created_at", Payment.created_at, "moment"),
    ), lambda q: q.select_from(Payment).join(Order, Order.id == Payment.order_id).join(
        BankAccount, BankAccount.id == Payment.bank_account_id), "-created_at"),
    Table("returns", "orders", Return.id, (
        _code(Return.return_code), _states(Return.state, "return", ReturnState),
        Column("order", Order.order_code),
        Column("kind", Return.kind, "word", "return_kind", ("return", "exchange", "warranty")),
        Column("reason", Return.reason), Column("created_at", Return.created_at, "moment"),
    ), lambda q: q.select_from(Return).join(Order, Order.id == Return.order_id), "-created_at"),
    Table("complaints", "reply", Complaint.id, (
        _code(Complaint.complaint_code), _states(Complaint.state, "complaint", ComplaintState),
        Column("urgency", Complaint.urgency, "word", "urgency", tuple(str(u) for u in Urgency)),
        Column("text", Complaint.text), Column("created_at", Complaint.created_at, "moment"),
    ), lambda q: q.select_from(Complaint), "-created_at"),
    Table("wishes", "reports", Wish.id, (
        Column("at", Wish.created_at, "moment"), Column("query", Wish.query),
        Column("name", Part.name), Column("quantity", Wish.quantity, "number"),
    ), lambda q: q.select_from(Wish).outerjoin(Part, Part.id == Wish.part_id), "-at"),
    Table("promotions", "orders", Promotion.id, (
        Column("code", Promotion.code), Column("name_id", Promotion.name_id),
        Column("used", Promotion.used, "number"),
        Column("limit_total", Promotion.limit_total, "number"),
        Column("active", Promotion.active, "flag"),
        Column("starts_at", Promotion.starts_at, "moment"),
        Column("ends_at", Promotion.ends_at, "moment"),
    ), lambda q: q.select_from(Promotion), "-starts_at"),
    Table("prices", "orders", PriceTier.id, (
        _code(Part.part_code), Column("name", Part.name),
        Column("price_class", PriceTier.price_class, "word", "price_class", CLASSES),
        Column("min_quantity", PriceTier.min_quantity, "number"),
        Column("price_idr", PriceTier.price_idr, "rupiah"),
    ), lambda q: q.select_from(PriceTier).join(Part, Part.id == PriceTier.part_id)),
    Table("accounts", "payments", BankAccount.id, (
        Column("bank", BankAccount.bank), Column("number", BankAccount.number),
        Column("holder", BankAccount.holder), Column("position", BankAccount.position, "number"),
        Column("active", BankAccount.active, "flag"),
    ), lambda q: q.select_from(BankAccount).where(~BankAccount.cash), "position"),
    Table("pages", "pages", Page.slug + Page.language, (
        Column("code", Page.slug), Column("title", Page.title),
        Column("language", Page.language, "word", "language", ("id", "en")),
        Column("updated_at", Page.updated_at, "moment"),
    ), lambda q: q.select_from(Page)),
)  # fmt: skip
TABLES = {table.name: table for table in (*_SHOP, *DESK)}
"""Every list by its name; a permission is what it takes to read it."""
