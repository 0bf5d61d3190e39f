"""The page of one order for whoever holds its link: pay, prove, change, follow, complain."""

from channels.orderpage import deeds, views
from channels.orderpage.frame import blueprint

__all__ = ["blueprint", "deeds", "views"]
