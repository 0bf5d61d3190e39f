"""Twilio's own resources: Messages, Content with its approval, Media."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from channels.twin import limits
from channels.twin.http import Answer, Request
from channels.twin.ledger import (
    Content,
    Ledger,
    Sent,
    content_json,
    message_json,
    new_sid,
)
from channels.twin.limits import Refusal

MAX_PAGE = 1000
RANK = {"twilio/text": 0, "twilio/list-picker": 1, "twilio/quick-reply": 2}


def refused(refusal: Refusal) -> Answer:
    """An error as Twilio words it."""
    body = {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    return Answer.of(body, refusal.status)


NOT_FOUND = refused(Refusal(20404, "The requested resource was not found", 404))


class Messages:
    """``/2010-04-01/Accounts/{account}/Messages``; ``senders``: the numbers of the account."""

    def __init__(self, ledger: Ledger, account: str, senders: frozenset[str]) -> None:
        self.ledger, self.account, self.senders = ledger, account, senders

    def prepared(self, form: dict[str, str]) -> Sent | Refusal:
        """The message as it would enter the ledger, or why it is refused at once."""
        wrong = limits.message_refusal(form, self.senders)
        if wrong is not None:
            return wrong
        to = form["To"]
        if not to.startswith("whatsapp:") and to in self.ledger.opted_out:
            return Refusal(21610, "Attempt to send to unsubscribed recipient")
        sent = Sent(
            sid=new_sid("SM"),
            to=to,
            sender=form.get("From", ""),
            body=form.get("Body", ""),
            status="queued",
            status_callback=form.get("StatusCallback"),
            created_at=datetime.now(UTC),
        )
        approved = False
        if form.get("ContentSid"):
            content = self.ledger.contents.get(form["ContentSid"])
            values = limits.variables_of(form.get("ContentVariables", ""))
            if content is None:
                return Refusal(21655, "The ContentSid is invalid.")
            if isinstance(values, Refusal):
                return values
            approved = content.approval == "approved"
            _fill(sent, content, values, approved=approved)
        self._fate(sent, approved=approved)
        return sent

    def _fate(self, sent: Sent, *, approved: bool) -> None:
        """WhatsApp refuses after Twilio has accepted: the message fails with a code."""
        if sent.error_code is None and sent.to in self.ledger.blocked:
            sent.error_code = 63014
        if not self.ledger.window_is_open(sent.to) and not (approved and sent.style != "list"):
            sent.error_code = 63016
        if sent.error_code is not None:
            sent.status = "failed"

    def answer(self, sent: Sent) -> Answer:
        """201 with the resource; whatever its fate, it is only queued at first."""
        return Answer.of(message_json(sent, self.account) | {"status": "queued"}, 201)

    def one(self, request: Request, sid: str) -> Answer:
        """GET or DELETE a message."""
        sent = self.ledger.by_sid(sid)
        if sent is None:
            return NOT_FOUND
        if request.method == "DELETE":
            with self.ledger.lock:
                self.ledger.sent.remove(sent)
            return Answer(204)
        return Answer.of(message_json(sent, self.account))

    def listed(self, request: Request) -> Answer:
        """GET the list, newest first, filtered and in pages."""
        query = request.query
        unknown = sorted(set(query) - limits.FILTERS)
        if unknown:
            return refused(Refusal(20001, f"Unknown parameters: {', '.join(unknown)}"))
        with self.ledger.lock:
            found = [sent for sent in reversed(self.ledger.sent) if _matches(sent, query)]
        size, page = _paging(query)
        rows = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        following = urllib.parse.urlencode({**query, "Page": page + 1, "PageSize": size})
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        return Answer.of(
            {
                "messages": [message_json(sent, self.account) for sent in rows],
                "next_page_uri": f"{path}?{following}" if more else None,
                "page": page,
                "page_size": size,
                "uri": path,
            }
        )


def _matches(sent: Sent, query: dict[str, str]) -> bool:
    if sent.to != query.get("To", sent.to) or sent.sender != query.get("From", sent.sender):
        return False
    since, until, day = (query.get(f"DateSent{sign}") for sign in (">", "<", ""))
    at = sent.created_at
    return (
        (since is None or at >= _moment(since))
        and (until is None or at <= _moment(until))
        and (day is None or at.date() == _moment(day).date())
    )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _paging(query: dict[str, str]) -> tuple[int, int]:
    size = min(max(int(query.get("PageSize", 50)), 1), MAX_PAGE)
    return size, max(int(query.get("Page", 0)), 0)


def _fill(sent: Sent, content: Content, values: dict[str, str], *, approved: bool) -> None:
    """The richest type that the channel shows, with the variables put in."""
    whatsapp = sent.to.startswith("whatsapp:")
    kinds = [kind for kind in content.types if whatsapp or kind == "twilio/text"]
    sent.content_sid, sent.variables = content.sid, values
    if not kinds:
        sent.error_code = 63021
        return
    kind = max(kinds, key=RANK.__getitem__)
    what = limits.filled(content.types[kind], {**content.variables, **values})
    if what is None:
        sent.error_code = 63028
        return
    sent.body = what["body"]
    if kind == "twilio/quick-reply":
        sent.style = "buttons"
        sent.buttons = tuple((row["title"], row.get("id") or "") for row in what["actions"])
    elif kind == "twilio/list-picker":
        sent.style = "list"
        sent.buttons = tuple((row["item"], row["id"]) for row in what["items"])
        sent.descriptions = tuple(row.get("description") or "" for row in what["items"])
    if limits.undeliverable(kind, what, approved=approved):
        sent.error_code = 63021
    elif approved and any("\n" in value or "    " in value for value in values.values()):
        sent.error_code = 63013


class Contents:
    """``/v1/Content``."""

    def __init__(self, ledger: Ledger, account: str, base: Callable[[], str]) -> None:
        self.ledger, self.account, self.base = ledger, account, base

    def create(self, request: Request, *, accept: bool = True) -> Answer:
        """POST a new content; ``accept`` False: it is only checked."""
        try:
            body = request.json()
        except ValueError:
            return refused(Refusal(20001, "The body is not JSON."))
        wrong = limits.content_refusal(body)
        if wrong is not None:
            return refused(wrong)
        content = Content(
            sid=new_sid("HX"),
            friendly_name=str(body.get("friendly_name") or ""),
            language=str(body["language"]),
            variables=dict(body.get("variables") or {}),
            types={kind: what for kind, what in body["types"].items() if what is not None},
        )
        if accept:
            with self.ledger.lock:
                self.ledger.contents[content.sid] = content
        return Answer.of(content_json(content, self.account, self.base()), 201)

    def listed(self, request: Request) -> Answer:
        """GET all contents, newest first, in pages."""
        size, page = _paging(request.query)
        with self.ledger.lock:
            found = list(reversed(self.ledger.contents.values()))
        rows = found[page * size : (page + 1) * size]
        url = f"{self.base()}/v1/Content?PageSize={size}&Page="
        more = len(found) > (page + 1) * size
        meta = {
            "key": "contents",
            "page": page,
            "page_size": size,
            "first_page_url": f"{url}0",
            "previous_page_url": f"{url}{page - 1}" if page else None,
            "url": f"{url}{page}",
            "next_page_url": f"{url}{page + 1}" if more else None,
        }
        shown = [content_json(content, self.account, self.base()) for content in rows]
        return Answer.of({"contents": shown, "meta": meta})

    def one(self, request: Request, rest: str) -> Answer:
        """``{sid}``, ``{sid}/ApprovalRequests`` and ``{sid}/ApprovalRequests/whatsapp``."""
        sid, _, below = rest.partition("/")
        content = self.ledger.contents.get(sid)
        if content is None:
            return NOT_FOUND
        if below == "ApprovalRequests/whatsapp" and request.method == "POST":
            return self._submit(content, request)
        if below == "ApprovalRequests":
            url = f"{self.base()}/v1/Content/{sid}/ApprovalRequests"
            body = {"sid": sid, "account_sid": self.account, "url": url}
            return Answer.of(body | {"whatsapp": _approval(content)})
        if below:
            return NOT_FOUND
        if request.method == "DELETE":
            del self.ledger.contents[sid]
            return Answer(204)
        return Answer.of(content_json(content, self.account, self.base()))

    def _submit(self, content: Content, request: Request) -> Answer:
        asked = json.loads(request.body or b"{}")
        category = str(asked.get("category", ""))
        if category not in {"UTILITY", "MARKETING", "AUTHENTICATION"} or not asked.get("name"):
            return refused(Refusal(20001, "A name and a category are required."))
        content.name, content.category = str(asked["name"]), category
        wrong = limits.unapprovable(content.types, content.variables)
        content.approval = "rejected" if wrong else "received"
        return Answer.of(_approval(content), 201)


def _approval(content: Content) -> dict[str, Any]:
    return {
        "category": content.category,
        "status": content.approval,
        "rejection_reason": "",
        "name": content.name,
        "type": "whatsapp",
        "content_type": next(iter(content.types)),
        "allow_category_change": True,
    }
