"""The console: where the people of the shop talk with customers, verify money and send parcels."""

from channels.console import (
    account,
    bank,
    books,
    comments,
    complaints,
    conversations,
    customers,
    goods,
    home,
    inbox,
    learning,
    lists,
    live,
    orders,
    pages,
    parts,
    payments,
    points,
    prices,
    privacy,
    promotions,
    rates,
    returns,
    shipping,
    shop,
    staff,
    webhooks,
    wishes,
)
from channels.console.frame import blueprint

VIEWS = (
    account, bank, books, comments, complaints, conversations, customers, goods, home, inbox,
    learning, lists, live, orders, pages, parts, payments, points, prices, privacy, promotions,
    rates, returns, shipping, shop, staff, webhooks, wishes,
)  # fmt: skip
"""Importing them is what puts their pages on the blueprint."""

__all__ = ["VIEWS", "blueprint"]
