"""Our way to Twilio says word for word what the library's own would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from channels.rasa import RasaClient
from channels.senders import Parcel, RetryLater, Uncertain
from channels.twilio.http import Carrier
from channels.twilio.sender import CONTENT_API, TwilioSender
from channels.twin.http import Answer, HttpServer, Request
from crm_core import clock
from tests.fakes import FakeRasa, running
from tests.forms import ACCOUNT, SHOP_WHATSAPP, TOKEN

BUDI = "whatsapp:+6281234567001"
OF_THE_CARRIER = {"accept-encoding", "connection", "content-length", "host"}
SID = "SM" + "1" * 32


class Twilio(HttpServer):
    """Notes what it is asked, word for word; a list has two pages."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str], bytes]] = []
        self.codes: list[int | None] = []
        super().__init__()

    def answer(self, request: Request) -> Answer:
        told = {name: one for name, one in request.headers.items() if name not in OF_THE_CARRIER}
        self.asked.append((request.method, request.path, request.query, told, request.body))
        if self.codes:
            return Answer(self.codes.pop(0), b'{"code": 21211, "message": "no"}')
        if request.method == "DELETE":
            return Answer(204)
        if request.method == "GET":
            following = (
                None if "Page" in request.query else f"{request.path}?Page=1&PageToken=a%20b"
            )
            return Answer.of({"messages": [{"sid": SID}], "next_page_uri": following})
        return Answer.of({"sid": SID, "status": "queued", "body": "Ya, Kak \u2728"}, 201)


class Own(TwilioHttpClient):
    """The library's client, with this machine in place of Twilio's."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=60)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        for host in ("https://api.twilio.com", "https://content.twilio.com"):
            url = url.replace(host, self.base)
        return super().request(method, url, *args, **more)


def says(client: Client) -> object:
    made = client.messages.create(
        to=BUDI, from_=SHOP_WHATSAPP, body="Rp\u00a050.000 & 1+1 = 2?\n*Ya*, Kak \u2728",
        status_callback="https://sapa.test/twilio/status?message=7",
    )  # fmt: skip
    return made.sid, made.status, made.body


def offers(client: Client) -> object:
    made = client.messages.create(
        to=BUDI, from_=SHOP_WHATSAPP, content_sid="HX1", content_variables='{"1": "Ya \\"Kak\\""}',
    )  # fmt: skip
    return made.sid


def lists(client: Client) -> object:
    since = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
    found = client.messages.list(to=BUDI, date_sent_after=since, limit=200, page_size=100)
    return [one.sid for one in found]


def deletes(client: Client) -> object:
    return client.messages(SID).delete()


def makes(client: Client) -> object:
    body: dict[str, object] = {"friendly_name": "sapa", "types": {"twilio/text": {"body": "é"}}}
    answer = client.request(
        "POST", CONTENT_API, data=body, headers={"Content-Type": "application/json"}
    )
    return answer.status_code, answer.text


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running(Twilio()) as server:
        yield server


@pytest.mark.parametrize("deed", [says, offers, lists, deletes, makes])
def test_what_is_said_and_understood_is_the_librarys(
    twilio: Twilio, deed: Callable[[Client], object]
) -> None:
    found = []
    ours = Carrier(twilio.url, 60)
    carriers: list[HttpClient] = [Own(twilio.url), ours]
    for carrier in carriers:
        twilio.asked.clear()
        understood = deed(Client(ACCOUNT, TOKEN, http_client=carrier))
        found.append((understood, list(twilio.asked)))
    ours.close()
    assert found[0][1]
    assert found[0] == found[1]


def test_a_refusal_is_the_librarys_error(twilio: Twilio) -> None:
    twilio.codes = [400]
    carrier = Carrier(twilio.url, 60)
    with pytest.raises(TwilioRestException) as refused:
        says(Client(ACCOUNT, TOKEN, http_client=carrier))
    carrier.close()
    assert (refused.value.status, refused.value.code) == (400, 21211)


def parcel() -> Parcel:
    return Parcel(1, "whatsapp", BUDI, "halo", (), clock.now())


def sender(url: str) -> TwilioSender:
    client = Client(ACCOUNT, TOKEN, http_client=Carrier(url, 60))
    return TwilioSender(client, {"whatsapp": SHOP_WHATSAPP}, "https://sapa.test/twilio/status")


def test_a_connection_that_breaks_leaves_it_uncertain_and_is_not_tried_again(
    twilio: Twilio,
) -> None:
    twilio.codes = [None]
    with pytest.raises(Uncertain):
        sender(twilio.url).send(parcel())
    assert len(twilio.asked) == 1


def test_what_nobody_took_a_connection_for_was_surely_not_sent(twilio: Twilio) -> None:
    twilio.stop()
    with pytest.raises(RetryLater):
        sender(twilio.url).send(parcel())


def test_who_cannot_show_a_certificate_is_told_nothing(twilio: Twilio) -> None:
    with pytest.raises(RetryLater):
        sender(twilio.url.replace("http:", "https:")).send(parcel())
    assert twilio.asked == []


def test_an_assistant_that_cannot_be_trusted_is_passed_over() -> None:
    with running(FakeRasa()) as one, running(FakeRasa()) as two:
        client = RasaClient([one.url.replace("http:", "https:"), two.url], 60)
        said = [client.talk(f"percakapan-{number}", "halo", {}) for number in range(6)]
        client.close()
        assert one.asked == []
        assert [words[0].text for words in said] == ["re: halo"] * 6
        assert len(two.asked) == 6
