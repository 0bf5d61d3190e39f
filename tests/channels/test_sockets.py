"""What was given up is taken back: its connection is reset, not closed with words still in it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from twilio.base.exceptions import TwilioException

from channels.rasa import BotUnavailable, RasaClient
from channels.senders import Parcel, Uncertain
from channels.twilio.sender import TwilioSender, close_all
from crm_core import clock
from crm_core.settings import Settings
from tests.forms import ACCOUNT, TOKEN


class Deaf:
    """Takes a connection, reads what comes and never answers; notes how it ended."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.ended = ""
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        talk, _ = self._door.accept()
        with talk:
            try:
                while talk.recv(65536):
                    pass
                self.ended = "closed"
            except ConnectionResetError:
                self.ended = "reset"

    def end(self) -> str:
        """How the connection ended, once it has."""
        self._thread.join(60)
        self._door.close()
        return self.ended


def ask_rasa(url: str) -> None:
    client = RasaClient(url, 0.3)
    with pytest.raises(BotUnavailable, match="timeout"):
        client.talk("budi", "ya, pesankan", {})
    client.close()


def send_by_twilio(url: str) -> None:
    settings = Settings(
        twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, twilio_whatsapp_from="+15550100200",
        twilio_api_url=url, twilio_timeout_s=0.3, sender="twilio", public_url="https://sapa.test",
    )  # type: ignore[call-arg]  # fmt: skip
    parcel = Parcel(1, "whatsapp", "whatsapp:+6281234567890", "halo", (), clock.now())
    with pytest.raises((Uncertain, TwilioException)):
        TwilioSender.of(settings).send(parcel)


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    yield Deaf()
    close_all()


@pytest.mark.parametrize("ask", [ask_rasa, send_by_twilio])
def test_a_request_that_was_given_up_cannot_arrive_later(
    deaf: Deaf, ask: Callable[[str], None]
) -> None:
    ask(deaf.url)
    assert deaf.end() == "reset"
