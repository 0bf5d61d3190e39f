"""The assistant's REST channel. An answer that says nothing is a failure, not an answer.

There may be several Rasa servers. A conversation keeps to the one that it ranks first, and goes to
the next only when that one cannot be reached: then nobody is at work on it there. What was said so
far is in Redis, so any server can go on with it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.exceptions import TimeoutError as NotInTime

from channels import metrics, sockets
from channels.breaker import Breaker
from channels.sharding import ranked
from crm_core.conversations import Choice, Draft
from crm_core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from urllib3 import BaseHTTPResponse, Timeout

    from crm_core.settings import Settings

FAILED = "failed_action"
"""How an action marks its apology: nothing was done, the turn may be run again."""
REACHED_WITHIN_S = 2.0
"""A server that takes longer to accept a connection counts as away."""
RESTS_S = 5.0
"""For so long a server that was away is asked last."""


class BotUnavailable(Unavailable):
    """The assistant did not answer: ``timeout``, ``refused``, ``status``, ``empty``,
    ``broken``, or an action said that it could not do its work: ``action_failed``. ``paused``:
    it was not asked, as nobody has had an answer lately."""

    def __init__(self, reason: str) -> None:
        super().__init__("bot_unavailable", reason=reason)
        self.reason = reason


class _Away(BotUnavailable):
    """No connection came about: the server has not heard of the message."""

    def __init__(self) -> None:
        super().__init__("refused")


@dataclass(frozen=True, slots=True)
class RasaMessage:
    """One utterance of the assistant with the choices that it offers."""

    text: str
    choices: tuple[Choice, ...] = ()


class _Server:
    """One Rasa server; safe to share between threads."""

    def __init__(self, url: str, timeout_s: float, token: str | None) -> None:
        self.away_until = 0.0
        # A turn that was given up may not reach Rasa when the network comes back.
        self._http = sockets.lines_to(url, kept=32)
        self._path = (urllib3.util.parse_url(url).path or "").rstrip("/")
        self._patience = urllib3.Timeout(connect=min(REACHED_WITHIN_S, timeout_s), read=timeout_s)
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def talk(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[RasaMessage]:
        """See :meth:`RasaClient.talk`."""
        body = {"sender": sender, "message": text, "metadata": dict(metadata)}
        try:
            answer = self._asked("POST", "/webhooks/rest/webhook", json.dumps(body).encode())
        except ConnectTimeoutError:  # of any kind: no connection came about
            raise _Away from None
        except NotInTime:
            raise BotUnavailable("timeout") from None
        except HTTPError:
            raise BotUnavailable("refused") from None
        if answer.status != 200:
            raise BotUnavailable("status")
        try:
            items = json.loads(answer.data)
            failed = any(FAILED in (item.get("custom") or {}) for item in items)
            messages = [message for item in items if (message := _message(item))]
        except (ValueError, TypeError, AttributeError):
            raise BotUnavailable("broken") from None
        if failed:
            raise BotUnavailable("action_failed")
        if not any(message.text for message in messages):
            raise BotUnavailable("empty")
        return messages

    def alive(self) -> bool:
        """Whether the server answers at all (its root says hello once the model is loaded)."""
        try:
            return self._asked("GET", "/", timeout=urllib3.Timeout(2.0)).status == 200
        except HTTPError:
            return False

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def _asked(
        self, method: str, path: str, body: bytes | None = None, timeout: Timeout | None = None
    ) -> BaseHTTPResponse:
        return self._http.urlopen(
            method,
            self._path + path,
            body,
            self._headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout or self._patience,
        )


class RasaClient:
    """Talks to all Rasa servers; safe to share between threads.

    ``token`` is shown to servers on other machines. ``clock`` gives growing seconds.
    """

    def __init__(
        self,
        servers: str | Sequence[str],
        timeout_s: float,
        *,
        token: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        urls = [servers] if isinstance(servers, str) else servers
        self._servers = {url: _Server(url, timeout_s, token) for url in urls}
        self._clock = clock
        self.breaker = Breaker(clock, metrics.assistant_paused)

    def talk(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[RasaMessage]:
        """Let the assistant read ``text`` of ``sender`` (a public id, never a phone number).

        Raises BotUnavailable when there is no usable answer: Rasa says ``200 []`` when an action
        failed inside it. Only a server that cannot be reached is passed over. After several
        failures in a row the assistant is left alone for a while: ``paused``.
        """
        if not self.breaker.admits():
            raise BotUnavailable("paused")
        try:
            answer = self._talk(sender, text, metadata)
        except BotUnavailable:
            self.breaker.failed(sender)
            raise
        self.breaker.worked()
        return answer

    def _talk(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[RasaMessage]:
        now = self._clock()
        servers = [self._servers[url] for url in ranked(list(self._servers), sender)]
        servers.sort(key=lambda server: server.away_until > now)  # stable: the rank stays
        for server in servers:
            try:
                return server.talk(sender, text, metadata)
            except _Away:
                server.away_until = self._clock() + RESTS_S
        raise BotUnavailable("refused")

    def states(self) -> dict[str, bool]:
        """Whether each server answers."""
        return {url: server.alive() for url, server in self._servers.items()}

    def alive(self) -> bool:
        """Whether any server answers: every conversation then finds one."""
        return any(server.alive() for server in self._servers.values())

    def close(self) -> None:
        """Close the kept connections."""
        for server in self._servers.values():
            server.close()


def _message(item: Mapping[str, Any]) -> RasaMessage | None:
    text = str(item.get("text") or "").strip()
    choices = tuple(
        Choice(
            label=str(button["title"]),
            payload=str(button.get("payload") or button["title"]),
            description=button.get("description"),
        )
        for button in item.get("buttons") or ()
        if button.get("title")
    )
    return RasaMessage(text, choices) if text or choices else None


def join(messages: Sequence[RasaMessage]) -> Draft:
    """All utterances of a turn as ONE reply: Twilio does not keep the order of several."""
    text = "\n\n".join(message.text for message in messages if message.text)
    seen: dict[str, Choice] = {}
    for message in messages:
        for choice in message.choices:
            seen.setdefault(choice.payload, choice)
    return Draft(text, tuple(seen.values()))


def client_for(settings: Settings) -> RasaClient:
    """A client for the configured servers."""
    token = settings.internal_token.get_secret_value() if settings.internal_token else None
    return RasaClient(settings.rasa_servers, settings.rasa_timeout_s, token=token)
