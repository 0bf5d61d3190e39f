"""The twin of Twilio, through Twilio's own client library and over plain HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from channels.twin import Twin
from channels.twin.http import Answer, HttpServer, Request
from tests.fakes import running
from tests.forms import ACCOUNT, SHOP_SMS, SHOP_WHATSAPP, TOKEN

BUDI = "whatsapp:+6281234567001"
SITI = "+6281234567002"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


class Shop(HttpServer):
    """Notes what is posted to it and answers 204, or what ``codes`` say first."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str]]] = []
        self.codes: list[int] = []
        super().__init__()

    def answer(self, request: Request) -> Answer:
        url = self.url + request.path
        signature = request.headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(url, request.form, signature)
        self.got.append((request.path, request.form))
        return Answer(self.codes.pop(0) if self.codes else 204)


class _Local(TwilioHttpClient):
    def __init__(self, base: str) -> None:
        super().__init__(timeout=60)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        for host in ("https://api.twilio.com", "https://content.twilio.com"):
            url = url.replace(host, self.base)
        return super().request(method, url, *args, **more)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with running(Shop()) as server:
        yield server


@pytest.fixture
def twin(shop: Shop) -> Iterator[Twin]:
    with running(Twin(shop_url=shop.url)) as server:
        yield server


@pytest.fixture
def client(twin: Twin) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=_Local(twin.url))


def call(twin: Twin, method: str, path: str, body: object = None) -> Any:
    answer = httpx.request(method, f"{twin.url}{path}", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(twin: Twin, **form: str) -> tuple[int, int]:
    """POST a message; HTTP status and Twilio's code."""
    defaults = {"To": SITI, "From": SHOP_SMS, "Body": "halo"}
    data = {name: value for name, value in (defaults | form).items() if value}
    answer = httpx.post(twin.url + MESSAGES, data=data, auth=(ACCOUNT, TOKEN), trust_env=False)
    return answer.status_code, answer.json().get("code", 0)


def test_a_message_is_created_fetched_listed_and_deleted_with_twilios_library(
    client: Client, twin: Twin
) -> None:
    made = [client.messages.create(to=SITI, from_=SHOP_SMS, body=f"{n}") for n in range(5)]
    assert (made[0].status, client.messages(made[0].sid).fetch().body) == ("queued", "0")
    since = datetime.now(UTC) - timedelta(minutes=1)
    listed = client.messages.list(to=SITI, date_sent_after=since, page_size=2)
    assert [one.body for one in listed] == ["4", "3", "2", "1", "0"]
    assert client.messages.list(to="+6281999") == []
    assert client.messages(made[0].sid).delete()
    assert len(twin.ledger) == 4


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"Text": "halo"}, (400, 20001)),
        ({"To": ""}, (400, 21604)),
        ({"To": "12"}, (400, 21211)),
        ({"From": ""}, (400, 21603)),
        ({"From": "+15550999999"}, (400, 21606)),
        ({"To": BUDI}, (400, 21910)),
        ({"To": BUDI, "From": "whatsapp:+15550999999"}, (400, 63007)),
        ({"Body": ""}, (400, 21619)),
        ({"Body": "x" * 1601}, (400, 21617)),
        ({"StatusCallback": "nowhere"}, (400, 21609)),
        ({"ContentVariables": "{}"}, (400, 21654)),
        ({"ContentSid": "HX1"}, (400, 21655)),
        ({"ContentSid": "HX" + "0" * 32}, (400, 21655)),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    twin: Twin, form: dict[str, str], refusal: tuple[int, int]
) -> None:
    assert post(twin, **form) == refusal
    assert twin.ledger == []


def test_without_the_accounts_credentials_nothing_is_answered(twin: Twin) -> None:
    answer = httpx.post(
        twin.url + MESSAGES, data={"To": SITI}, auth=(ACCOUNT, "x"), trust_env=False
    )
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_free_text_reaches_whatsapp_for_24_hours_after_the_customer_wrote(twin: Twin) -> None:
    whatsapp = {"To": BUDI, "From": SHOP_WHATSAPP}
    assert post(twin, **whatsapp) == (201, 0)
    call(twin, "POST", "/twin/inbound", {"from": BUDI, "text": "halo"})
    post(twin, **whatsapp)
    long_ago = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    assert call(twin, "PUT", "/twin/windows", {"address": BUDI, "heard_at": long_ago}) == {
        "open": False
    }
    post(twin, **whatsapp)
    fates = [(sent.status, sent.error_code) for sent in twin.ledger]
    assert fates == [("failed", 63016), ("queued", None), ("failed", 63016)]
    assert twin.bodies_to(BUDI) == ["halo"]


def test_stop_by_sms_closes_the_number_and_start_opens_it(twin: Twin, shop: Shop) -> None:
    call(twin, "POST", "/twin/inbound", {"from": SITI, "text": "stop"})
    assert shop.got[-1][1]["OptOutType"] == "STOP"
    assert post(twin) == (400, 21610)
    call(twin, "POST", "/twin/inbound", {"from": SITI, "text": "START"})
    assert post(twin) == (201, 0)


def quick_reply(titles: list[str], body: str = "{{1}}") -> dict[str, Any]:
    actions = [{"type": "QUICK_REPLY", "title": title, "id": title} for title in titles]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def make(client: Client, types: dict[str, Any], **variables: str) -> str:
    asked = {"friendly_name": "x", "language": "id", "variables": variables, "types": types}
    made = client.content.v1.contents.create(ContentList.ContentCreateRequest(asked))
    return str(made.sid)


def test_a_content_is_made_found_sent_and_deleted_with_twilios_library(
    client: Client, twin: Twin
) -> None:
    twin.book.hear(BUDI, "halo")
    sid = make(client, quick_reply(["{{2}}", "Batal"]), **{"1": "Mau?", "2": "Ya"})
    assert [one.sid for one in client.content.v1.contents.list()] == [sid]
    values = json.dumps({"1": "Pesan sekarang?"})
    client.messages.create(to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid, content_variables=values)
    [sent] = twin.ledger
    assert (sent.body, sent.style) == ("Pesan sekarang?", "buttons")
    assert sent.buttons == (("Ya", "Ya"), ("Batal", "Batal"))
    assert client.content.v1.contents(sid).delete()
    assert twin.book.contents == {}


@pytest.mark.parametrize(
    "types",
    [
        {},
        {"twilio/nonsense": {"body": "x"}},
        quick_reply([]),
        quick_reply(["a" * 21]),
        quick_reply(["Ya", "Ya"]),
        quick_reply(["Ya"], "x" * 1025),
        {"twilio/list-picker": {"body": "x", "button": "Lihat", "items": []}},
        {
            "twilio/list-picker": {
                "body": "x",
                "button": "Lihat",
                "items": [{"item": f"{n}", "id": f"{n}"} for n in range(11)],
            }
        },
        {
            "twilio/list-picker": {
                "body": "x",
                "button": "Lihat",
                "items": [{"item": "a" * 25, "id": "1"}],
            }
        },
    ],
)  # fmt: skip
def test_a_content_beyond_the_limits_is_refused(twin: Twin, types: dict[str, Any]) -> None:
    body = {"friendly_name": "x", "language": "id", "types": types}
    answer = httpx.post(f"{twin.url}/v1/Content", json=body, auth=(ACCOUNT, TOKEN), trust_env=False)
    assert answer.status_code == 400
    assert twin.book.contents == {}


@pytest.mark.parametrize(
    ("values", "code"),
    [("{", 21656), ('{"1": ""}', 21656), ('{"1": 2}', 21656), ('{"1": "%s"}' % ("x" * 256), 21658)],
)
def test_variables_that_are_no_texts_are_refused(
    client: Client, twin: Twin, values: str, code: int
) -> None:
    sid = make(client, quick_reply(["Ya"]), **{"1": "Mau?"})
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(
            to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid, content_variables=values
        )
    assert refused.value.code == code
    assert twin.ledger == []


def test_four_replies_need_an_approved_template(client: Client, twin: Twin) -> None:
    twin.book.hear(BUDI, "halo")
    sid = make(client, quick_reply(["1", "2", "3", "4"], "Pilih"))
    client.messages.create(to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid)
    call(twin, "PUT", "/twin/approvals", {"sid": sid, "status": "approved"})
    client.messages.create(to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid)
    assert [sent.error_code for sent in twin.ledger] == [63021, None]


def test_an_approved_template_opens_a_conversation(client: Client, twin: Twin) -> None:
    sid = make(client, {"twilio/text": {"body": "Pesanan {{code}} siap."}}, code="P-1")
    values = json.dumps({"code": "P-7KM2Q"})
    for status in ("received", "approved"):
        call(twin, "PUT", "/twin/approvals", {"sid": sid, "status": status})
        client.messages.create(
            to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid, content_variables=values
        )
    assert [sent.error_code for sent in twin.ledger] == [63016, None]
    assert twin.bodies_to(BUDI) == ["Pesanan P-7KM2Q siap."]


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "read"])])
def test_reports_are_signed_and_come_in_the_order_that_is_asked_for(
    client: Client, twin: Twin, shop: Shop, order: tuple[str, ...]
) -> None:
    made = client.messages.create(
        to=SITI, from_=SHOP_SMS, body="x", status_callback=f"{shop.url}/twilio/status"
    )
    asked = {"sid": made.sid, "statuses": order, "repeat": 2}
    assert call(twin, "POST", "/twin/reports", asked) == {"codes": [204] * 6}
    told = [form["MessageStatus"] for _, form in shop.got]
    assert told == [word for word in order for _ in range(2)]


def test_an_unanswered_webhook_is_posted_again_with_the_same_id(twin: Twin, shop: Shop) -> None:
    shop.codes = [503, 503]
    asked = {"from": BUDI, "text": "halo", "retries": 5}
    told = call(twin, "POST", "/twin/inbound", asked)
    assert told["codes"] == [503, 503, 204]
    assert [form["MessageSid"] for _, form in shop.got] == [told["sid"]] * 3


def test_a_tap_brings_back_what_the_button_was_given(
    client: Client, twin: Twin, shop: Shop
) -> None:
    twin.book.hear(BUDI, "halo")
    sid = make(client, quick_reply(["Ya", "Batal"], "Pesan?"))
    made = client.messages.create(to=BUDI, from_=SHOP_WHATSAPP, content_sid=sid)
    call(twin, "POST", "/twin/tap", {"sid": made.sid, "place": 1})
    [(path, form)] = shop.got
    assert (path, form["ButtonPayload"], form["Body"]) == ("/twilio/messages", "Batal", "Batal")
    assert form["OriginalRepliedMessageSid"] == made.sid


def test_troubles_are_set_over_http_and_used_up_in_their_order(twin: Twin) -> None:
    row = [
        {"status": 429, "code": 20429, "times": 2},
        {"status": 500, "accepted": True},
        {"status": 500, "skip": 1},
    ]
    call(twin, "POST", "/twin/troubles", row)
    assert [post(twin, Body=str(n))[0] for n in range(6)] == [429, 429, 500, 201, 500, 201]
    assert [sent.body for sent in twin.ledger] == ["2", "3", "5"]
    assert len(call(twin, "GET", "/twin/attempts")) == 6
    assert call(twin, "GET", "/twin/troubles")["waiting"] == []


@pytest.mark.parametrize("accepted", [True, False])
def test_a_reset_leaves_no_answer_and_only_the_ledger_knows(twin: Twin, *, accepted: bool) -> None:
    call(twin, "POST", "/twin/troubles", {"status": None, "accepted": accepted})
    with pytest.raises(httpx.TransportError):
        post(twin)
    assert len(call(twin, "GET", f"/twin/ledger?to=%2B{SITI[1:]}")) == int(accepted)


def test_a_share_of_troubles_is_the_same_in_every_run() -> None:
    def run() -> list[int]:
        with running(Twin(seed=7)) as twin:
            call(twin, "POST", "/twin/troubles", {"status": 500, "share": 0.5, "times": 20})
            return [post(twin)[0] for _ in range(20)]

    first = run()
    assert set(first) == {201, 500}
    assert run() == first


def test_the_command_prints_the_settings_that_a_shop_needs_and_ends_when_told() -> None:
    command = [str(Path(sys.executable).with_name("sapa")), "twilio-twin", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        lines = [started.stdout.readline().strip() for _ in range(6)]
        settings = dict(line.split("=", 1) for line in lines)
        asked = httpx.get(f"{settings['SAPA_TWILIO_API_URL']}/twin", trust_env=False)
        started.terminate()
        assert started.wait(60) == 0
    assert asked.json() == settings
    assert settings["SAPA_SENDER"] == "twilio"


def test_the_command_that_is_told_to_end_while_it_prints_its_settings_ends_well() -> None:
    script = (
        "import signal, typer; from channels.cli.twin import twilio_twin;"
        "typer.echo = lambda *_: signal.raise_signal(signal.SIGTERM); twilio_twin(port=0)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=300).returncode == 0


def test_what_the_twin_cannot_read_is_refused_and_changes_nothing(twin: Twin) -> None:
    answer = httpx.post(f"{twin.url}/twin/troubles", json={"on": "monday"}, trust_env=False)
    assert answer.status_code == 422
    assert twin.troubles.waiting() == []
