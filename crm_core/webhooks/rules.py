"""Pure rules of webhooks: what is told of an event, how it is signed, when it is tried again.

Headers and signature follow the Standard Webhooks specification (standardwebhooks.com, v1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from crm_core.errors import InvalidInput

Address = IPv4Address | IPv6Address

PREFIX = "whsec_"
MOST_URL = 500

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
)
"""After each failed attempt; the ninth failure, 31.6 hours after the first, is the last."""

QUIET = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
"""How long a receiver that fails is left alone altogether, by its failures in a row."""

GIVE_UP = timedelta(hours=24)
"""A receiver that took nothing for so long is paused, and managers are told."""


class EndpointState(StrEnum):
    """Whether a receiver is posted to; a removed one stays for its history."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """What became of one event for one receiver."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of event: what it is about and which facts are told of it.

    ``facts`` are names in the timeline entry that may leave the house; nothing else does.
    """

    text: str
    facts: tuple[str, ...] = ("order_code",)


EVENTS: dict[str, Told] = {
    "order.placed": Told("A customer has placed an order.", ("order_code", "total_idr")),
    "order.changed": Told("Lines of an unpaid order were changed."),
    "order.paid": Told("An order's money is here; for one paid at the door, at the door."),
    "order.packed": Told("The parts lie in the parcel."),
    "order.shipped": Told("The parcel has left."),
    "order.delivered": Told("The customer has the parts."),
    "order.completed": Told("The order is over: paid and delivered."),
    "order.cancelled": Told("The order ended before it was sent."),
    "order.expired": Told("The order ended because its payment did not come."),
    "order.returned": Told("Everything of the order has come back."),
    "payment.difference": Told(
        "Money and orders do not agree; somebody has to settle it.",
        ("difference_id", "order_code", "kind", "amount_idr"),
    ),
    "return.asked": Told("Somebody wants to send parts back.", ("return_code", "order_code")),
    "return.approved": Told("The parts of a return may come.", ("return_code",)),
    "return.refused": Told("A return was refused.", ("return_code",)),
    "return.withdrawn": Told("The customer keeps the parts after all.", ("return_code",)),
    "return.received": Told("The parts of a return are here.", ("return_code",)),
    "return.settled": Told(
        "A return was made good: refund, credit, exchange or nothing.",
        ("return_code", "outcome", "amount_idr"),
    ),
    "complaint.filed": Told("A customer has complained.", ("complaint_code", "order_code")),
    "stock.changed": Told(
        "Pieces of a part came, went, or are held for an order; the figures are those after it.",
        ("part_code", "on_hand", "reserved", "available", "kind", "quantity"),
    ),
    "customer.merged": Told(
        "Two customers turned out to be one: everything of customer_id is into_customer_id's now.",
        ("into_customer_id",),
    ),
}
"""Every type that a receiver may choose, in the order it is shown."""

TEST = "sapa.test"
"""Sent to one receiver when somebody asks whether it works; chosen by nobody."""

TYPES = tuple(EVENTS)

_ENTRIES = {
    **{
        ("order", action): f"order.{action}"
        for action in (
            "placed", "changed", "paid", "packed", "shipped", "delivered", "completed",
            "cancelled", "expired", "returned",
        )
    },
    ("order", "handed_over"): "order.delivered",
    ("difference", "opened"): "payment.difference",
    **{
        ("return", action): f"return.{action}"
        for action in ("asked", "approved", "refused", "withdrawn", "received", "settled")
    },
    ("complaint", "filed"): "complaint.filed",
    ("customer", "linked_into"): "customer.merged",
}  # fmt: skip


def type_of(subject: str, action: str) -> str | None:
    """The type of event that a timeline entry is; None for one that nobody outside hears of."""
    return _ENTRIES.get((subject, action))


def body(kind: str, at: datetime, facts: Mapping[str, object]) -> str:
    """The body as it is signed and sent, every time the same signs."""
    told = {"type": kind, "timestamp": at.astimezone(UTC).isoformat(), "data": dict(facts)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def only(kind: str, facts: Mapping[str, object]) -> dict[str, object]:
    """Those of ``facts`` that are told of this type of event."""
    return {name: facts[name] for name in EVENTS[kind].facts if name in facts}


def new_secret() -> str:
    """A signing secret of 32 random bytes as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(keys: Sequence[str], event_id: str, second: int, text: str) -> str:
    """The header ``webhook-signature``: one ``v1,…`` for each secret, apart by spaces.

    ``second`` is the Unix time in the header ``webhook-timestamp``.
    """
    told = f"{event_id}.{second}.{text}".encode()
    return " ".join(f"v1,{_sum(key, told)}" for key in keys)


def _sum(key: str, told: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(raw, told, hashlib.sha256).digest()).decode()


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None: it was the last one."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def quiet_after(failures: int) -> timedelta:
    """How long to leave a receiver alone that failed so many times in a row."""
    return QUIET[min(max(failures, 1), len(QUIET)) - 1]


def checked_types(types: Collection[str]) -> list[str]:
    """The chosen types, each once, in our order.

    Raises InvalidInput ("event_types_missing"), ("event_type_unknown", type).
    """
    if not types:
        raise InvalidInput("event_types_missing")
    unknown = sorted(set(types) - set(TYPES))
    if unknown:
        raise InvalidInput("event_type_unknown", type=unknown[0][:60])
    return [kind for kind in TYPES if kind in types]


def checked_url(url: str, *, loopback: bool) -> str:
    """An address that events may be posted to.

    https to a public host; with ``loopback`` also http to this machine. Names are looked up at
    each posting (``reachable``), as they may change. Raises InvalidInput ("webhook_url_invalid"),
    ("webhook_url_not_https"), ("webhook_url_private").
    """
    plain = url.strip()
    try:
        parts = urlsplit(plain)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        raise InvalidInput("webhook_url_invalid") from None
    printable = plain.isascii() and plain.isprintable() and " " not in plain and "\\" not in plain
    if (
        not printable or len(plain) > MOST_URL or not host or port == 0
        or parts.scheme not in {"http", "https"} or parts.fragment or "@" in parts.netloc
    ):  # fmt: skip
        raise InvalidInput("webhook_url_invalid")
    here = _is_here(host)
    if parts.scheme == "http" and not (loopback and here):
        raise InvalidInput("webhook_url_not_https")
    address = _as_address(host)
    if (here and not loopback) or (address and not reachable(address, loopback=loopback)):
        raise InvalidInput("webhook_url_private")
    return plain


def reachable(address: Address, *, loopback: bool) -> bool:
    """Whether events may be posted to ``address``: nothing inside a house, a cloud or this one.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64) is judged by that.
    """
    carried = _carried(address)
    if carried is not None:
        return reachable(carried, loopback=loopback)
    if address.is_loopback:
        return loopback
    return address.is_global and not address.is_multicast and not address.is_reserved


_NAT64 = 0x0064FF9B << 96


def _carried(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if int(address) >> 32 == _NAT64 >> 32:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _as_address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    address = _as_address(host)
    named = host == "localhost" or host.endswith(".localhost")
    return named or (address is not None and address.is_loopback)
