"""Who is looking at the shop's pages: one signed cookie, the same visitor as in the web chat.

The cookie names a random visitor, never a customer: whose customer that is says the address
``web:<visitor>`` in the database. It is only made when somebody does something (fills a cart,
opens the chat, asks for a code); who merely looks leaves no trace. A *member* has proven a phone
in this browser; that is noted in the cookie and holds only while the address is that customer's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from channels import security
from channels.i18n import language
from crm_core import clock, customers
from crm_core.errors import NotAllowed
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from flask import Flask, Response
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer

MEMBER_DAYS: Final = 30
"""How long a proven phone opens the member's pages in the browser where it was proven."""
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser; ``member`` is the public id of the customer proven in it, at ``proven_at``."""

    id: str
    member: str | None = None
    proven_at: int = 0

    @property
    def address(self) -> str:
        """The channel address, the same as in the web chat."""
        return f"web:{self.id}"


def current() -> Visitor | None:
    """The visitor of this request's cookie; None without one that we signed."""
    if "visitor" not in g:
        g.visitor = _read(request.cookies.get(_cookie_name(), ""))
    found: Visitor | None = g.visitor
    return found


def keep(visitor: Visitor) -> Visitor:
    """Let this browser be ``visitor`` from the next request on."""
    g.visitor = g.visitor_to_keep = visitor
    return visitor


def forget() -> None:
    """Let this browser be nobody we know."""
    g.visitor = None
    g.visitor_to_keep = None


def current_or_new() -> Visitor:
    """The visitor, made and kept if there was none."""
    return current() or keep(Visitor(security.new_visitor()[0]))


def customer(session: Session) -> Customer | None:
    """The customer that this browser is, as far as it is one already."""
    visitor = current()
    return customers.known_at(session, visitor.address) if visitor else None


def customer_or_new(session: Session) -> Customer:
    """The customer that this browser is; somebody new speaks the page's language."""
    visitor = current_or_new()
    found = customers.known_at(session, visitor.address)
    if found is None:
        found = customers.for_address(session, "web", visitor.address)
        customers.set_language(session, found, language(), actor=Actor.customer(found))
    return found


def member(session: Session) -> Customer | None:
    """The customer whose phone was proven in this browser; None for everybody else."""
    visitor = current()
    if visitor is None or visitor.member is None:
        return None
    if clock.now().timestamp() - visitor.proven_at > MEMBER_DAYS * 86_400:
        return None
    found = customers.known_at(session, visitor.address)
    return found if found is not None and found.public_id == visitor.member else None


def refuse_foreign_forms() -> None:
    """Before each request: what changes something must come from one of our own pages.

    Beside the cookie's SameSite and the forms' tokens. Raises NotAllowed ("foreign_form").
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise NotAllowed("foreign_form")
        return
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    ours = {request.host, urlsplit(str(current_app.config["PUBLIC_URL"])).netloc}
    if urlsplit(said).netloc not in ours:
        raise NotAllowed("foreign_form")


def install(app: Flask) -> None:
    """Let ``app`` keep visitors in a cookie."""
    app.after_request(_keep_cookie)


def _keep_cookie(response: Response) -> Response:
    if "visitor_to_keep" not in g:
        return response
    visitor: Visitor | None = g.visitor_to_keep
    attributes: dict[str, Any] = {
        "path": "/",
        "secure": current_app.config["SESSION_COOKIE_SECURE"],
        "httponly": True,
        "samesite": "Lax",
    }
    if visitor is None:
        response.delete_cookie(_cookie_name(), **attributes)
    else:
        said = {"v": visitor.id, "m": visitor.member, "p": visitor.proven_at}
        value = str(_signer().dumps(said))
        days = security.VISITOR_DAYS
        response.set_cookie(_cookie_name(), value, max_age=days * 86_400, **attributes)
    return response


def _cookie_name() -> str:
    return "__Host-sapa-shop" if current_app.config["SESSION_COOKIE_SECURE"] else "sapa-shop"


def _signer() -> URLSafeTimedSerializer:
    # Its own salt: the chat's token is read by scripts and must not open what the cookie opens.
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="shop-visitor")


def _read(value: str) -> Visitor | None:
    if not value:
        return None
    try:
        said = _signer().loads(value, max_age=security.VISITOR_DAYS * 86_400)
    except BadSignature:
        return None
    visitor, proven = said.get("v"), said.get("p")
    if not (isinstance(visitor, str) and _ID.fullmatch(visitor) and isinstance(proven, int)):
        return None
    return Visitor(visitor, said.get("m"), proven)
