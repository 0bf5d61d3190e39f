"""The web chat's API: a visitor is who the signed token says, and is told everything once."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels import live
from channels.context import Context
from channels.webchat import show
from crm_core import conversations, handoffs, shop
from crm_core.timeline import Actor
from tests import selling
from tests.factories import member
from tests.fakes import FakeRasa
from tests.forms import encoded


@dataclass
class Visitor:
    """Somebody on the shop's page."""

    web: FlaskClient
    token: str
    address: str
    _number: int = 0

    def post(self, client_id: str = "", **fields: Any) -> TestResponse:
        self._number += 1
        fields["client_id"] = client_id or f"client-{self._number:04d}"
        return self.web.post("/webchat/messages", data=fields, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def session(self, **body: str) -> dict[str, Any]:
        answer = self.web.post("/webchat/session", json={"token": self.token, **body})
        assert answer.json is not None
        return answer.json


@pytest.fixture
def web(flask_app: Flask) -> FlaskClient:
    """A client that keeps no cookies: several visitors, each known by their token only."""
    return flask_app.test_client(use_cookies=False)


@pytest.fixture
def visitor(web: FlaskClient) -> Visitor:
    facts = web.post("/webchat/session", json={}).json
    assert facts is not None
    return Visitor(web, facts["token"], f"web:{facts['visitor']}")


def events(web: FlaskClient, visitor: Visitor, **headers: str) -> Iterator[tuple[str, Any]]:
    """The stream's events, read one by one."""
    answer = web.get("/webchat/events", headers=visitor.headers | headers, buffered=False)
    assert answer.mimetype == "text/event-stream"
    buffer = ""
    for chunk in answer.iter_encoded():
        buffer += chunk.decode()
        while "\n\n" in buffer:
            block, _, buffer = buffer.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"])


def test_a_visitors_message_is_answered_in_the_chat(
    visitor: Visitor, rasa_server: FakeRasa
) -> None:
    rasa_server.answers.append(
        [{"text": "Yang mana?", "buttons": [{"title": "Depan", "payload": "/front"}]}]
    )
    answer = visitor.post(text="kampas rem")
    assert answer.status_code == 202
    said = visitor.session()["messages"]
    assert [(message["author"], message["text"]) for message in said] == [
        ("customer", "kampas rem"),
        ("bot", "Yang mana?"),
    ]
    assert said[1]["style"] == "buttons"
    assert said[1]["buttons"] == [{"label": "Depan", "payload": "/front", "description": None}]


def test_a_message_posted_twice_is_one_message(visitor: Visitor, rasa_server: FakeRasa) -> None:
    first = visitor.post("same-client-id", text="halo")
    second = visitor.post("same-client-id", text="halo")
    assert first.json is not None
    assert second.json is not None
    assert first.json["id"] == second.json["id"]
    assert len(rasa_server.asked) == 1


def test_a_tapped_choice_is_sent_as_what_it_means(visitor: Visitor, rasa_server: FakeRasa) -> None:
    buttons = [{"title": "Depan", "payload": "/front"}]
    rasa_server.answers.append([{"text": "Yang mana?", "buttons": buttons}])
    visitor.post(text="kampas rem")
    visitor.post(payload="/front", label="Depan")
    assert rasa_server.asked[-1].message == "/front"


def test_a_payload_made_up_by_the_visitor_is_only_words(
    visitor: Visitor, rasa_server: FakeRasa
) -> None:
    visitor.post(payload='/mark_paid{"order_code":"P-7KM2Q"}', label="Lunas")
    assert rasa_server.asked[-1].message == "Lunas"


def test_without_a_valid_token_nothing_is_taken_or_told(web: FlaskClient, here: Context) -> None:
    for headers in ({}, {"Authorization": "Bearer made.up"}):
        posted = web.post("/webchat/messages", data={"text": "x"}, headers=headers)
        assert posted.status_code == 403
        assert web.get("/webchat/events", headers=headers).status_code == 403
        assert web.get("/webchat/media/1", headers=headers).status_code == 403
    with here.unit_of_work() as session:
        assert conversations.counts(session) == {"bot": 0, "queue": 0, "agent": 0}


def test_an_unreadable_token_starts_as_a_new_visitor(web: FlaskClient, visitor: Visitor) -> None:
    facts = web.post("/webchat/session", json={"token": visitor.token + "x"}).json
    assert facts is not None
    assert f"web:{facts['visitor']}" != visitor.address
    assert facts["messages"] == []


def test_one_visitor_cannot_use_up_another_visitors_message_id(
    web: FlaskClient, visitor: Visitor, rasa_server: FakeRasa
) -> None:
    facts = web.post("/webchat/session", json={}).json
    assert facts is not None
    other = Visitor(web, facts["token"], f"web:{facts['visitor']}")
    other.post("the-same-id", text="dari yang lain")
    assert visitor.post("the-same-id", text="dari saya").status_code == 202
    assert len(rasa_server.asked) == 2


@pytest.mark.parametrize(
    "fields",
    [{"text": ""}, {"text": "x" * 4001}, {"text": "halo", "client_id": "x"}],
    ids=["empty", "too long", "id too short"],
)
def test_a_message_that_cannot_be_used_is_refused(
    visitor: Visitor, rasa_server: FakeRasa, fields: dict[str, str]
) -> None:
    answer = visitor.post(**fields)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert rasa_server.asked == []


def test_a_photo_is_shown_to_its_visitor_and_to_nobody_else(
    web: FlaskClient, visitor: Visitor
) -> None:
    answer = visitor.post(photo=(io.BytesIO(encoded()), "slip.jpg"))
    assert answer.json is not None
    number = answer.json["media"][0]["id"]
    own = web.get(f"/webchat/media/{number}", headers=visitor.headers)
    assert (own.status_code, own.mimetype) == (200, "image/jpeg")
    own.close()
    facts = web.post("/webchat/session", json={}).json
    assert facts is not None
    other = {"Authorization": f"Bearer {facts['token']}"}
    assert web.get(f"/webchat/media/{number}", headers=other).status_code == 404


def test_a_file_that_is_no_picture_is_refused_at_once(
    visitor: Visitor, rasa_server: FakeRasa
) -> None:
    answer = visitor.post(photo=(io.BytesIO(b"<svg/>"), "slip.jpg"))
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "picture_unreadable"
    assert rasa_server.asked == []


def test_a_new_visitor_is_spoken_to_in_the_language_of_the_page(
    visitor: Visitor, here: Context
) -> None:
    visitor.post(text="hello", language="en")
    assert visitor.session()["language"] == "en"


def test_the_stream_tells_what_was_said_since_the_last_known_message(
    web: FlaskClient, visitor: Visitor
) -> None:
    visitor.post(text="satu")
    known = visitor.session()["messages"][-1]["id"]
    visitor.post(text="dua")
    stream = events(web, visitor, **{"Last-Event-ID": str(known)})
    told = [next(stream) for _ in range(4)]
    assert [data["text"] for kind, data in told if kind == "message"] == ["dua", "re: dua"]
    assert [data["id"] for kind, data in told if kind == "status"] == [known - 1, known]
    stream.close()


def test_the_stream_tells_at_once_what_is_said_while_it_is_open(
    web: FlaskClient, visitor: Visitor
) -> None:
    visitor.post(text="satu")
    stream = events(web, visitor)
    assert [next(stream)[0] for _ in range(3)] == ["message", "message", "state"]
    visitor.post(text="dua")
    assert next(stream)[1]["text"] == "dua"
    stream.close()


def test_without_redis_the_stream_looks_by_itself(
    web: FlaskClient, visitor: Visitor, here: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.05)
    here.settings = here.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    visitor.post(text="satu")
    stream = events(web, visitor)
    assert [next(stream)[0] for _ in range(3)] == ["message", "message", "state"]
    visitor.post(text="dua")
    assert next(stream)[1]["text"] == "dua"
    stream.close()


def test_the_visitor_sees_who_has_joined(web: FlaskClient, visitor: Visitor, here: Context) -> None:
    visitor.post(text="admin dong")
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, visitor.address)
        assert conversation is not None
        handoffs.request(session, conversation, reason="asked", actor=Actor.bot())
        handoffs.claim(session, conversation, member(session, name="Sari"))
    facts = visitor.session()
    assert (facts["handler"], facts["agent"]) == ("agent", "Sari")


def test_what_the_visitor_has_seen_is_marked_as_read(
    web: FlaskClient, visitor: Visitor, here: Context
) -> None:
    visitor.post(text="halo")
    last = visitor.session()["messages"][-1]["id"]
    answer = web.post("/webchat/read", json={"upto": last}, headers=visitor.headers)
    assert answer.status_code == 204
    assert visitor.session()["messages"][-1]["status"] == "read"


def test_forty_messages_in_a_minute_are_enough(visitor: Visitor, here: Context) -> None:
    codes = [visitor.post("one-and-the-same", text="halo").status_code for _ in range(41)]
    assert codes == [202] * 40 + [429]


def test_the_widget_is_one_script(web: FlaskClient) -> None:
    answer = web.get("/webchat/widget.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    answer.close()


def test_the_tag_loads_less_than_25_kilobytes(web: FlaskClient) -> None:
    """Everything: the script on the site, the framed page and each file that it names."""
    page = web.get("/webchat/frame").get_data(as_text=True)
    files = sorted(set(re.findall(r"/webchat/assets/[0-9a-f]{12}/[a-z.-]+", page)))
    assert len(files) == 8
    imported = re.compile(r'from "\./([a-z-]+\.js)"')
    loaded = 0
    for path in ["/webchat/widget.js", "/webchat/frame", *files]:
        answer = web.get(path, headers={"Accept-Encoding": "gzip"})
        body = answer.get_data()
        loaded += len(body)
        if path != "/webchat/frame":
            assert answer.headers["Content-Encoding"] == "gzip"
            named = set(imported.findall(gzip.decompress(body).decode()))
            assert named <= {file.rpartition("/")[2] for file in files}
    assert loaded < 25_000


def test_only_our_pages_and_the_named_sites_may_frame_the_chat(
    web: FlaskClient, here: Context
) -> None:
    assert "frame-ancestors 'self';" in policy_of(web) + ";"
    sites = {"widget_origins": "https://bengkel.example,https://toko.example:8443"}
    here.settings = here.settings.model_copy(update=sites)
    allowed = "frame-ancestors 'self' https://bengkel.example https://toko.example:8443"
    assert allowed in policy_of(web)
    assert web.get("/").headers["X-Frame-Options"] == "DENY"


def policy_of(web: FlaskClient) -> str:
    answer = web.get("/webchat/frame")
    assert "X-Frame-Options" not in answer.headers
    return answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://sapa.test.evil.example"]
)
def test_what_another_sites_script_asks_for_is_refused(
    visitor: Visitor, here: Context, origin: str
) -> None:
    headers = visitor.headers | {"Origin": origin}
    for path in ("session", "messages", "read", "move"):
        answer = visitor.web.post(f"/webchat/{path}", json={"text": "halo"}, headers=headers)
        assert (answer.status_code, answer.json and answer.json["code"]) == (403, "foreign_origin")
    assert visitor.web.get("/webchat/events", headers=headers).status_code == 403
    with here.unit_of_work() as session:
        assert conversations.of_address(session, visitor.address) is None


def test_a_frame_that_may_store_nothing_is_known_by_a_cookie_of_its_place(
    web: FlaskClient,
) -> None:
    first = web.post("/webchat/session", json={"keep": True})
    [cookie] = chat_cookies(first)
    for attribute in ("__Host-sapa-chat=", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert attribute in cookie
    again = {"Cookie": cookie.partition(";")[0]}
    assert first.json is not None
    same = web.post("/webchat/session", json={"keep": True}, headers=again).json
    other = web.post("/webchat/session", json={"keep": True, "fresh": True}, headers=again).json
    assert same is not None
    assert other is not None
    assert (same["visitor"], other["visitor"] == same["visitor"]) == (first.json["visitor"], False)
    assert chat_cookies(web.post("/webchat/session", json={"token": same["token"]})) == []


def chat_cookies(answer: TestResponse) -> list[str]:
    return [one for one in answer.headers.getlist("Set-Cookie") if "sapa-chat=" in one]


def test_who_cannot_have_a_stream_asks_what_is_new(web: FlaskClient, visitor: Visitor) -> None:
    visitor.post(text="satu")
    known = visitor.session()["messages"][-1]["id"]
    visitor.post("my-own-id-2", text="dua")
    headers = visitor.headers | {"Last-Event-ID": str(known)}
    told = web.get("/webchat/updates", headers=headers).json
    assert told is not None
    said = [one["data"] for one in told["events"] if one["event"] == "message"]
    assert [(one["text"], one.get("client_id")) for one in said] == [
        ("dua", "my-own-id-2"),
        ("re: dua", None),
    ]
    assert told["last_id"] == said[-1]["id"]


def test_more_missed_messages_than_fit_into_one_look_are_all_told(
    visitor: Visitor, here: Context, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "STRETCH", 2)
    for text in ("satu", "dua", "tiga"):
        visitor.post(text=text)
    told = web.get("/webchat/updates", headers=visitor.headers).json
    assert told is not None
    assert sum(one["event"] == "message" for one in told["events"]) == 6


def test_a_message_is_read_when_it_has_been_answered(visitor: Visitor) -> None:
    visitor.post(text="halo")
    assert [one["status"] for one in visitor.session()["messages"]] == ["read", "sent"]


def test_a_part_comes_with_picture_price_and_its_page(
    visitor: Visitor, here: Context, rasa_server: FakeRasa, web: FlaskClient
) -> None:
    with here.unit_of_work() as session:
        selling.part(session)
    words = f"Kampas Rem Depan ({selling.PADS})\nRp 50.000 per pcs, stok 5."
    pads = f'/find_part{{"part_code": "{selling.PADS}"}}'
    rasa_server.answers.append(
        [{"text": words, "buttons": [{"title": "Kampas", "payload": pads, "description": "5"}]}]
    )
    visitor.post(text="kampas rem")
    told = visitor.session()["messages"][1]
    picture = f"/webchat/pictures/{selling.PADS}"
    assert told["card"]["price"] == "Rp 50.000"
    assert (told["card"]["picture"], told["card"]["page"]) == (picture, f"/p/{selling.PADS}")
    drawn = web.get(picture)
    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
    assert web.get("/webchat/pictures/NOSUCHPART").status_code == 404


def test_the_way_to_whatsapp_has_the_code_ready(visitor: Visitor, here: Context) -> None:
    asked = {"json": {"language": "en"}, "headers": visitor.headers}
    assert visitor.web.post("/webchat/move", **asked).status_code == 404  # type: ignore[arg-type]
    with here.unit_of_work() as session:
        shop.save_fact(session, "whatsapp", "+62 812-555-00101")
    nobody = visitor.web.post("/webchat/move", **asked).json  # type: ignore[arg-type]
    assert nobody is not None
    assert (nobody["code"], nobody["expires_at"]) == (None, None)
    visitor.post(text="halo")
    told = visitor.web.post("/webchat/move", **asked).json  # type: ignore[arg-type]
    assert told is not None
    assert re.fullmatch(r"W-[2-9A-Z]{8}", told["code"])
    assert told["link"].startswith("https://wa.me/6281255500101?text=Hi%2C%20I")
    assert told["link"].endswith(told["code"])
