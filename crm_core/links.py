"""Links to an order's page: whoever holds one may see that order and act for its customer.

The token names the order by its internal id, is signed with the shop's secret key (160 bits of
HMAC, so that it cannot be guessed) and ends after 45 days. It is short because SMS are paid by
length. A process says once, with :func:`use`, which key and which public address are its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from crm_core.errors import NotFound

DAYS = 45
"""So long a link works: an order is paid, sent and complained about well within it."""
LONGEST = 200
"""No token of ours is longer; a longer one is not even looked at."""
_SALT = "order-page"


@dataclass
class _Own:
    secret: str = ""
    address: str = ""


_own = _Own()


def use(secret: str, public_url: str) -> None:
    """Sign this process's links with ``secret`` and put ``public_url`` before them."""
    _own.secret, _own.address = secret, public_url.rstrip("/")


def order_url(order_id: int) -> str | None:
    """A new link to the page of an order; None in a process that was never told its address."""
    if not (_own.secret and _own.address):
        return None
    return f"{_own.address}/o/{order_token(_own.secret, order_id)}"


def invoice_url(order_id: int) -> str | None:
    """A new link to the invoice of an order as PDF; None as :func:`order_url`."""
    page = order_url(order_id)
    return None if page is None else f"{page}/invoice.pdf"


def order_token(secret: str, order_id: int) -> str:
    """A token for ``order_id`` that :func:`read_order_token` accepts for 45 days from now."""
    return str(_signer(secret).dumps(order_id))


def read_order_token(secret: str, token: str) -> int:
    """The order id that ``token`` proves.

    Raises NotFound: "link_expired" after its 45 days, "link_unknown" for anything else.
    """
    try:
        order_id = _signer(secret).loads(token[:LONGEST], max_age=DAYS * 86_400)
    except SignatureExpired:
        raise NotFound("link_expired") from None
    except BadSignature:
        raise NotFound("link_unknown") from None
    if isinstance(order_id, bool) or not isinstance(order_id, int):
        raise NotFound("link_unknown")
    return order_id


def _signer(secret: str) -> URLSafeTimedSerializer:
    if not secret:
        raise ValueError("links are signed with a secret key")
    return URLSafeTimedSerializer(secret, salt=_SALT)
