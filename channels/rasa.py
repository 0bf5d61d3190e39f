"""The assistant's REST channel. An answer that says nothing is a failure, not an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from crm_core.conversations import Choice, Draft
from crm_core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_core.settings import Settings

FAILED = "failed_action"
"""How an action marks its apology: nothing was done, the turn may be run again."""


class BotUnavailable(Unavailable):
    """The assistant did not answer: ``timeout``, ``refused``, ``status``, ``empty``,
    ``broken``, or an action said that it could not do its work: ``action_failed``."""

    def __init__(self, reason: str) -> None:
        super().__init__("bot_unavailable", reason=reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RasaMessage:
    """One utterance of the assistant with the choices that it offers."""

    text: str
    choices: tuple[Choice, ...] = ()


class RasaClient:
    """Talks to one Rasa server; safe to share between threads."""

    def __init__(self, url: str, timeout_s: float) -> None:
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=8)
        # The server is ours and on loopback: a proxy of the environment is never meant for it.
        self._http = httpx.Client(base_url=url, timeout=timeout_s, limits=limits, trust_env=False)

    def talk(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[RasaMessage]:
        """Let the assistant read ``text`` of ``sender`` (a public id, never a phone number).

        Raises BotUnavailable when there is no usable answer: Rasa says ``200 []`` when an action
        failed inside it.
        """
        body = {"sender": sender, "message": text, "metadata": dict(metadata)}
        try:
            answer = self._http.post("/webhooks/rest/webhook", json=body)
        except httpx.TimeoutException:
            raise BotUnavailable("timeout") from None
        except httpx.HTTPError:
            raise BotUnavailable("refused") from None
        if answer.status_code != 200:
            raise BotUnavailable("status")
        try:
            items = answer.json()
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
            return self._http.get("/", timeout=2.0).status_code == 200
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()


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
    """A client for the configured server."""
    url = settings.rasa_url or f"http://127.0.0.1:{settings.rasa_port or 5005}"
    return RasaClient(url, settings.rasa_timeout_s)
