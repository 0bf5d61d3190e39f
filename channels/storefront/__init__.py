"""The shop's pages: parts, cart, checkout, the customer's own page, the chat in the corner."""

from channels.storefront import cart, checkout, contact, member, views
from channels.storefront.frame import blueprint

VIEWS = (cart, checkout, contact, member, views)
"""Importing them is what puts their pages on the blueprint."""

__all__ = ["VIEWS", "blueprint"]
