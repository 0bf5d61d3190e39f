"""Calls of the action server: over kept connections, with what an action asks of a dialogue.

Rasa's own opens a connection for each call, sends the whole domain (150 kB) and every event of the
dialogue with all that was understood of it, and checks the schema of schemas for every answer.
"""

from __future__ import annotations

import functools
from typing import Any

import aiohttp
import ujson
from jsonschema import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

NO_DOMAIN = 449
"""The action library's answer to a digest of a domain that it has not been given."""
DIGEST = "domain_digest"


class _Kept:
    """A client session that outlives the call that uses it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self.session

    async def __aexit__(self, *_: object) -> None:
        """Stays open: the next call uses its connections."""


_sessions: dict[int, _Kept] = {}
_domains: dict[str, Domain] = {}
_open_session = EndpointConfig.session
_request = EndpointConfig.request


def session(self: EndpointConfig) -> _Kept:
    """As Rasa's, one for all calls of an endpoint."""
    kept = _sessions.get(id(self))
    if kept is None or kept.session.closed:
        session = _open_session(self)
        session._json_serialize = ujson.dumps
        session._cookie_jar = aiohttp.DummyCookieJar()
        kept = _sessions[id(self)] = _Kept(session)
    return kept


async def asked(self: EndpointConfig, *given: Any, **named: Any) -> Any:
    """As Rasa's; once more over a fresh connection if a kept one had been closed meanwhile (an
    effect is keyed by its turn), and with the domain if its digest was not known there."""
    again = {name: dict(value) if name == "json" else value for name, value in named.items()}
    try:
        return await _request(self, *given, **named)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        return await _asked_fully(self, *given, **again)
    except ClientResponseError as error:
        body = again.get("json") or {}
        if error.status != NO_DOMAIN or body.get(DIGEST) not in _domains or "domain" in body:
            raise
    return await _asked_fully(self, *given, **again)


async def _asked_fully(self: EndpointConfig, *given: Any, **named: Any) -> Any:
    """The same with the domain."""
    body = named.get("json") or {}
    domain = _domains.get(body.get(DIGEST, ""))
    if domain is not None:
        named["json"] = {**body, "domain": domain.as_dict()}
    return await _request(self, *given, **named)


def told(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """What an action is told: of the domain only the digest, which the library can ask about; of
    the dialogue its state, what was said and what was done."""
    import rasa  # noqa: PLC0415 - its version is set late

    events = [_event(one) for one in tracker.events if isinstance(one, _TOLD)]
    return {
        "next_action": self._name,
        "sender_id": tracker.sender_id,
        "tracker": {**tracker.current_state(EventVerbosity.NONE), "events": events},
        "version": rasa.__version__,
        DIGEST: _digest(domain),
    }


_TOLD = (UserUttered, BotUttered, ActionExecuted)


def _event(event: Event) -> dict[str, Any]:
    """In Rasa's form, without what was understood of a message: of the latest, the state tells."""
    if isinstance(event, UserUttered):
        return {"event": "user", "text": event.text, "timestamp": event.timestamp}
    if isinstance(event, ActionExecuted):
        return {"event": "action", "name": event.action_name, "timestamp": event.timestamp}
    told: dict[str, Any] = event.as_dict()
    return told


def _digest(domain: Domain) -> str:
    """The domain's fingerprint, made once."""
    known: str | None = getattr(domain, "_sapa_digest", None)
    if known is None:
        known = domain.fingerprint()
        domain._sapa_digest = known  # type: ignore[attr-defined]
        _domains.clear()  # one server has one model
        _domains[known] = domain
    return known


@functools.lru_cache(maxsize=64)
def _validator(event: str | None = None) -> Any:
    """Checks an answer without its events, or events of one kind: the schema has 23 alternatives,
    each of which names its kind, so that at most one can be meant."""
    schema = RemoteAction.action_response_format_spec()
    if event is None:
        schema["properties"] = {**schema["properties"], "events": {"type": "array"}}
    else:
        whole = schema["properties"]["events"]["items"]
        named = [one for one in whole["oneOf"] if one["properties"]["event"]["const"] == event]
        schema = {**whole, "oneOf": named or whole["oneOf"]}
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _is_plain(event: Any) -> bool:
    """Whether it is one of the two kinds that nearly all are, and surely right."""
    if not isinstance(event, dict) or not isinstance(event.get("name"), str):
        return False
    facts = _SURE.get(str(event.get("event")))
    return facts is not None and facts == event.keys() and event["timestamp"] is None


_SURE = {
    "slot": {"event", "timestamp", "name", "value"},
    "followup": {"event", "timestamp", "name"},
}
"""What the action library writes into an event of that kind."""


def is_valid(_: RemoteAction, result: dict[str, Any]) -> bool:
    """As Rasa's, with the schema itself checked once instead of for every answer."""
    error: ValidationError | None = next(_validator().iter_errors(result), None)
    for event in () if error else result.get("events", []):
        if _is_plain(event):
            continue
        kind = event.get("event") if isinstance(event, dict) else None
        error = error or next(_validator(str(kind)).iter_errors(event), None)
    if error is not None:
        raise error
    return True
