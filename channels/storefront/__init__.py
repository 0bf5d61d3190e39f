"""The shop's public page: what there is, what it costs, and the chat in the corner."""

from channels.storefront.views import blueprint

__all__ = ["blueprint"]
