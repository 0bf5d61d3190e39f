"""What a customer means to buy, the same on every channel."""

from crm_core.carts.deals import drop_voucher, take_bargain, use_voucher
from crm_core.carts.models import Cart, CartLine
from crm_core.carts.remarks import use_points, write_note
from crm_core.carts.service import (
    add,
    add_all,
    choose_delivery,
    clear,
    hold,
    remove,
    set_quantity,
)
from crm_core.carts.showing import CartLineView, CartView, show
from crm_core.carts.waiting import Taken, take_available, tell_arrivals

__all__ = [
    "Cart",
    "CartLine",
    "CartLineView",
    "CartView",
    "Taken",
    "add",
    "add_all",
    "choose_delivery",
    "clear",
    "drop_voucher",
    "hold",
    "remove",
    "set_quantity",
    "show",
    "take_available",
    "take_bargain",
    "tell_arrivals",
    "use_points",
    "use_voucher",
    "write_note",
]
