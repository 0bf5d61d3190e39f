"""The web chat's own small API; who may read a conversation is proved by a signed token."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, jsonify, request
from flask_limiter.util import get_remote_address

from channels import context, i18n, intake, live, media, security, visitors
from channels.webchat import show
from crm_core import conversations, customers, identity, shop
from crm_core.conversations import Inbound
from crm_core.errors import InvalidInput, NotAllowed, NotFound
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, Received

blueprint = Blueprint("webchat", __name__, url_prefix="/webchat")
security.csrf.exempt(blueprint)  # a token in a header, never a cookie: nothing to forge

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
MAX_TEXT = 4_000


def _address() -> str:
    """The channel address of the visitor whose token came with the request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.args.get("token", "")  # for EventSource, which cannot send headers
    return f"web:{security.read_visitor(token.strip())}"


def _visitor_key() -> str:
    return request.headers.get("Authorization") or str(get_remote_address())


@blueprint.before_request
def only_from_our_pages() -> None:
    """Another site shows the chat in a frame of ours; its own scripts have no business here."""
    security.refuse_foreign_origin(str(current_app.config["PUBLIC_URL"]))


@blueprint.post("/session")
@security.limiter.limit("60/minute")
def start() -> Response:
    """Start or resume a visitor's session; an unreadable token gets a new visitor.

    Whoever the shop's pages know by their cookie is the same visitor here, so that page and chat
    share one cart. ``keep``: the browser lets the frame store nothing, so a cookie keeps the token,
    one that is good on the site around the frame only. ``fresh``: forget what was kept.
    """
    body = request.get_json(silent=True) or {}
    body = body if isinstance(body, dict) else {}
    kept = "" if body.get("fresh") else frame_token()
    visitor, token = _of_session(str(body.get("token") or kept))
    with context.current().unit_of_work() as session:
        conversation = conversations.of_address(session, f"web:{visitor}")
        facts = shop.facts(session)
        answer = {
            "token": token,
            "visitor": visitor,
            "shop": str(facts.get("name", "Sapa")),
            "whatsapp": bool(facts.get("whatsapp")),
            **_state(session, conversation, _language(body.get("language"))),
        }
    response = jsonify(answer)
    if body.get("keep"):
        _keep_token(response, token)
    return response


def frame_token() -> str:
    """The token that a cookie of the frame keeps; empty without one."""
    return request.cookies.get(_cookie_name(), "")


def _keep_token(response: Response, token: str) -> None:
    response.set_cookie(
        _cookie_name(),
        token,
        max_age=security.VISITOR_DAYS * 86_400,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",  # the frame stands on another site, of which the cookie is a part
        partitioned=True,
    )


def _cookie_name() -> str:
    return "__Host-sapa-chat" if current_app.config["SESSION_COOKIE_SECURE"] else "sapa-chat"


def _of_session(token: str) -> tuple[str, str]:
    """The visitor and the token that proves it: the pages' visitor, the token's, or a new one."""
    known = visitors.current()
    try:
        visitor = security.read_visitor(token)
    except NotAllowed:
        visitor, token = (known.id, "") if known else security.new_visitor()
    if known is None:
        # Only our own pages: another site's script cannot make us trade a token for a cookie.
        if request.is_json:
            visitors.keep(visitors.Visitor(visitor))
    elif known.id != visitor:
        visitor, token = known.id, ""
    return visitor, token or security.visitor_token(visitor)


def _state(session: Session, conversation: Conversation | None, language: str) -> dict[str, Any]:
    if conversation is None:
        state = {"handler": "bot", "agent": None, "language": language, "typing": False}
        return {**state, "messages": []}
    said = conversations.latest(session, conversation.id, limit=show.HISTORY)
    read = show.read_upto(session, conversation)
    messages = [
        {**show.own_json(session, conversation, one), "status": show.shown_status(one, read)}
        for one in said
    ]
    return {**show.state_json(session, conversation), "messages": messages}


@blueprint.post("/messages")
@security.limiter.limit("40/minute", key_func=_visitor_key)
def post() -> tuple[Response, int]:
    """A visitor's text, tapped choice, photo or list; a known ``client_id`` changes nothing."""
    address = _address()
    body: dict[str, Any] = request.get_json() if request.is_json else dict(request.form)
    inbound = _inbound(address, body)
    here = context.current()
    sent = request.files.get("photo") or request.files.get("file")
    if sent is not None:
        with sent.stream:
            kept = media.uploaded(here.settings, sent.read(), sent.filename or "")
        inbound = replace(inbound, media=(kept,))
    if not (inbound.text or inbound.media or inbound.tapped_payload):
        raise InvalidInput("message_empty")
    language = _language(body.get("language"))
    stored = intake.take_in(inbound, lambda session, got: _speak(session, got, language))
    told = show.message_json(stored.message, inbound.channel, inbound.provider)
    return jsonify({**told, "client_id": inbound.provider_id.rpartition(":")[2]}), 202


def _inbound(address: str, body: dict[str, Any]) -> Inbound:
    client_id = str(body.get("client_id") or "")
    if not _CLIENT_ID.fullmatch(client_id):
        raise InvalidInput("client_id_invalid")
    text = str(body.get("text") or "").strip()
    if len(text) > MAX_TEXT:
        raise InvalidInput("message_too_long", longest=MAX_TEXT)
    label = str(body.get("label") or "")[:200] or None
    payload = str(body.get("payload") or "")[:1000] or None
    return Inbound(
        provider="web",
        # The visitor's own id in front: nobody can use up an id of somebody else.
        provider_id=f"{address.removeprefix('web:')}:{client_id}",
        channel="web",
        address=address,
        text=text or (label or "" if payload else ""),
        tapped_payload=payload,
        tapped_label=label if payload else None,
    )


def _language(wanted: object) -> str:
    return "en" if str(wanted or "").lower().startswith("en") else "id"


def _speak(session: Session, received: Received, language: str) -> None:
    """A new visitor is answered in the language of the page until they choose another."""
    customer = received.conversation.customer
    alone = len(conversations.transcript(session, received.conversation.id, limit=2)) == 1
    if received.first and alone and customer.language != language:
        customers.set_language(session, customer, language, actor=Actor.customer(customer))


@blueprint.get("/events")
@security.limiter.exempt
def events() -> Response:
    """What happens in the visitor's conversation, from ``Last-Event-ID`` (a message id) on."""
    return live.sse(show.frames([_watch()]))


@blueprint.get("/updates")
@security.limiter.limit("60/minute", key_func=_visitor_key)
def updates() -> Response:
    """The same for once, where something on the way holds a stream back: what there is now."""
    watch = _watch()
    with context.current().unit_of_work() as session:
        told = [{"event": kind, "data": data} for kind, data, _ in watch.look(session)]
    return jsonify(events=told, last_id=watch.after_id)


def _watch() -> show.Watch:
    after = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
    after_id = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    return show.Watch(_address(), after_id)


@blueprint.post("/move")
@security.limiter.limit("12/hour", key_func=_visitor_key)
def move() -> Response:
    """A code by which the visitor goes on in WhatsApp, and the link that has it ready to send.

    Without a code while nothing has been said that could be carried there. Raises NotFound
    "whatsapp_missing" if the shop has no number.
    """
    body = request.get_json(silent=True)
    language = _language(body.get("language") if isinstance(body, dict) else "")
    with context.current().unit_of_work() as session:
        number = shop.facts(session).get("whatsapp", "")
        if not number:
            raise NotFound("whatsapp_missing")
        ticket = identity.offer_move(session, _address())
    code = ticket.code if ticket else None
    name = "webchat.move.with_code" if code else "webchat.move.without_code"
    text = i18n.text(name, language, code=code or "")
    digits = "".join(sign for sign in number if sign.isdigit())
    return jsonify(
        code=code,
        number=number,
        link=f"https://wa.me/{digits}?text={quote(text)}",
        expires_at=ticket.expires_at.isoformat() if ticket else None,
    )


@blueprint.post("/read")
@security.limiter.limit("120/minute", key_func=_visitor_key)
def seen() -> tuple[str, int]:
    """The visitor has seen the shop's messages up to ``upto`` (a message id)."""
    body = request.get_json()
    upto = body.get("upto") if isinstance(body, dict) else None
    if not isinstance(upto, int):
        raise InvalidInput("upto_invalid")
    with context.current().unit_of_work() as session:
        conversation = conversations.of_address(session, _address())
        if conversation is not None:
            mark_read(session, conversation, upto)
    return "", 204


def mark_read(session: Session, conversation: Conversation, upto: int) -> None:
    """Report the shop's recent messages up to ``upto`` as read."""
    for message in conversations.latest(session, conversation.id, limit=show.RECENT):
        unseen = message.direction == "outbound" and message.status in {"sent", "delivered"}
        if unseen and message.id <= upto:
            row = session.get_one(conversations.Message, message.id)
            if row.provider_id:
                conversations.record_status(session, row.provider, row.provider_id, "read")


@blueprint.get("/media/<int:media_id>")
def picture(media_id: int) -> Response:
    """A photo of the visitor's own conversation."""
    with context.current().unit_of_work() as session:
        conversation = conversations.of_address(session, _address())
        owner = conversations.media_by_id(session, media_id).message.conversation_id
        if conversation is None or owner != conversation.id:
            raise NotFound("media_not_found")
    return media.serve(media_id)
