"""What tests, demos and drills ask of the twin over HTTP, below ``/twin``. Not Twilio's.

GET  /twin             the settings of a shop that uses it
GET  /twin/ledger      what was accepted (``?to=``); DELETE forgets everything
GET  /twin/attempts    every POST of a message, refused ones too
POST /twin/inbound     {from, text, times, retries, parameters}: a customer writes
POST /twin/tap         {sid, place}: a customer taps
POST /twin/reports     {sid, statuses, error_code, repeat}: report now, in that order
PUT  /twin/reports     {statuses, delay_s, repeat, shuffle}: report on every message from now on
GET  /twin/troubles    what is still to go wrong; POST one or several; DELETE ends them
POST /twin/media       a file as the body: its MediaUrl
PUT  /twin/windows     {address, heard_at}: when a customer last wrote (ISO 8601; null: never)
PUT  /twin/blocked     {address, blocked}: a customer blocks the sender
PUT  /twin/approvals   {sid, status}: WhatsApp's word on a template
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from channels.twin.faults import Trouble
from channels.twin.http import Answer, Request
from channels.twin.ledger import ledger_json
from channels.twin.posting import Reports

if TYPE_CHECKING:
    from channels.twin.server import Twin


def answer(twin: Twin, request: Request) -> Answer:
    """Do what is asked; 422 for what cannot be read, 404 for what is not there."""
    name = request.path.removeprefix("/twin").strip("/")
    found = _ROUTES.get((request.method, name))
    if found is None:
        return Answer.of({"error": "not one of the twin's addresses"}, 404)
    try:
        return Answer.of(found(twin, request))
    except LookupError as error:
        return Answer.of({"error": f"not there: {error}"}, 404)
    except (ValueError, TypeError) as error:
        return Answer.of({"error": str(error)}, 422)


def settings_of(twin: Twin) -> dict[str, str]:
    """The settings of a shop that uses this twin, by environment variable."""
    return {
        "SAPA_SENDER": "twilio",
        "SAPA_TWILIO_ACCOUNT_SID": twin.account,
        "SAPA_TWILIO_AUTH_TOKEN": twin.token,
        "SAPA_TWILIO_WHATSAPP_FROM": twin.whatsapp,
        "SAPA_TWILIO_SMS_FROM": twin.sms,
        "SAPA_TWILIO_API_URL": twin.url,
    }


def _settings(twin: Twin, request: Request) -> Any:
    del request
    return settings_of(twin)


def _ledger(twin: Twin, request: Request) -> Any:
    to = request.query.get("to")
    with twin.book.lock:
        return [ledger_json(sent) for sent in twin.book.sent if to in {None, sent.to}]


def _forget(twin: Twin, request: Request) -> Any:
    del request
    with twin.book.lock:
        twin.book.sent.clear()
        twin.book.attempts.clear()
        twin.book.heard_at.clear()
        twin.book.opted_out.clear()
        twin.book.blocked.clear()
    return {"forgotten": True}


def _attempts(twin: Twin, request: Request) -> Any:
    del request
    return list(twin.book.attempts)


def _inbound(twin: Twin, request: Request) -> Any:
    asked = request.json()
    form = twin.inbound_form(asked["from"], asked.get("text", ""), **asked.get("parameters", {}))
    codes = twin.deliver(
        form, times=int(asked.get("times", 1)), retries=int(asked.get("retries", 0))
    )
    return {"sid": form["MessageSid"], "codes": codes}


def _tap(twin: Twin, request: Request) -> Any:
    asked = request.json()
    form = twin.tap(_message(twin, asked["sid"]), int(asked.get("place", 0)))
    return {"sid": form["MessageSid"], "codes": twin.deliver(form)}


def _report(twin: Twin, request: Request) -> Any:
    asked = request.json()
    sent, code = _message(twin, asked["sid"]), asked.get("error_code")
    words = [word for word in asked["statuses"] for _ in range(int(asked.get("repeat", 1)))]
    return {"codes": [twin.call_back(sent, word, code) for word in words]}


def _set_reports(twin: Twin, request: Request) -> Any:
    asked = dict(request.json())
    twin.reports = Reports(tuple(asked.pop("statuses")), **asked)
    return asdict(twin.reports)


def _troubles(twin: Twin, request: Request) -> Any:
    del request
    waiting = [asdict(trouble) for trouble in twin.troubles.waiting()]
    return {"waiting": waiting, "injected": [asdict(one) for one in twin.troubles.injected]}


def _add_troubles(twin: Twin, request: Request) -> Any:
    asked = request.json()
    twin.troubles.extend(
        [Trouble(**one) for one in (asked if isinstance(asked, list) else [asked])]
    )
    return _troubles(twin, request)


def _end_troubles(twin: Twin, request: Request) -> Any:
    twin.troubles.clear()
    return _troubles(twin, request)


def _media(twin: Twin, request: Request) -> Any:
    return {"url": twin.add_media(request.body, request.headers.get("content-type", "image/jpeg"))}


def _window(twin: Twin, request: Request) -> Any:
    asked = request.json()
    with twin.book.lock:
        if asked.get("heard_at") is None:
            twin.book.heard_at.pop(asked["address"], None)
        else:
            twin.book.heard_at[asked["address"]] = datetime.fromisoformat(asked["heard_at"])
    return {"open": twin.book.window_is_open(asked["address"])}


def _block(twin: Twin, request: Request) -> Any:
    asked = request.json()
    (twin.book.blocked.add if asked["blocked"] else twin.book.blocked.discard)(asked["address"])
    return {"blocked": sorted(twin.book.blocked)}


def _approve(twin: Twin, request: Request) -> Any:
    asked = request.json()
    twin.book.contents[asked["sid"]].approval = str(asked["status"])
    return asked


def _message(twin: Twin, sid: str) -> Any:
    sent = twin.book.by_sid(sid)
    if sent is None:
        raise LookupError(sid)
    return sent


_ROUTES: dict[tuple[str, str], Callable[[Twin, Request], Any]] = {
    ("GET", ""): _settings,
    ("GET", "ledger"): _ledger,
    ("DELETE", "ledger"): _forget,
    ("GET", "attempts"): _attempts,
    ("POST", "inbound"): _inbound,
    ("POST", "tap"): _tap,
    ("POST", "reports"): _report,
    ("PUT", "reports"): _set_reports,
    ("GET", "troubles"): _troubles,
    ("POST", "troubles"): _add_troubles,
    ("DELETE", "troubles"): _end_troubles,
    ("POST", "media"): _media,
    ("PUT", "windows"): _window,
    ("PUT", "blocked"): _block,
    ("PUT", "approvals"): _approve,
}
