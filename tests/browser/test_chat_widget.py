"""The chat on somebody else's page: nothing missed, nothing doubled, usable by everybody."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import axe_playwright_python
import pytest
import sqlalchemy as sa
from flask import Flask, Response
from playwright.sync_api import Frame, FrameLocator, Page, Route, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from channels import intake, live
from crm_core import carts, conversations, customers, handoffs, shop, staff
from crm_core.conversations import Choice, Conversation, Inbound, Message
from crm_core.db import Event
from crm_core.settings import Settings
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Site, Window
from tests.forms import encoded

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Bengkel</title>
<style>* {{all: revert; font-size: 40px !important; display: inline !important; position: static
!important; transform: rotate(2deg) !important}} button, iframe {{width: 500px !important}}</style>
<script>window.fetch = () => Promise.reject(new Error("mine"));
Array.prototype.map = () => []; Object.prototype.evil = 1;</script></head>
<body><main><h1>Bengkel</h1></main>
<script src="{shop}/webchat/widget.js" defer data-theme="{theme}"></script></body></html>"""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' {0}; frame-src {0}"
)


@dataclass
class Elsewhere:
    """Another site; what it serves is as unfriendly to a guest as a page can be."""

    url: str
    shop: str = ""
    theme: str = "auto"
    language: str = "id"

    def page(self) -> Response:
        told = {"shop": self.shop, "theme": self.theme, "language": self.language}
        policy = {"Content-Security-Policy": POLICY.format(self.shop)}
        return Response(PAGE.format_map(told), content_type="text/html", headers=policy)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    app = Flask("elsewhere")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # By its name: for a browser that is another site than the shop's number, cookies and all.
    site = Elsewhere(f"http://localhost:{server.server_port}")
    app.add_url_rule("/", view_func=site.page)
    thread = Thread(target=server.serve_forever, name="elsewhere")
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(settings: Settings, elsewhere: Elsewhere) -> Settings:
    return settings.model_copy(update={"widget_origins": elsewhere.url})


@pytest.fixture(autouse=True)
def ready(site: Site, elsewhere: Elsewhere) -> None:
    elsewhere.shop, elsewhere.theme, elsewhere.language = site.url, "auto", "id"
    with site.here.unit_of_work() as session:
        shop.save_fact(session, "name", "Toko Coba")
        shop.save_fact(session, "whatsapp", "+6281255500101")
        selling.part(session, pieces=20)


def opened(page: Page, url: str) -> FrameLocator:
    page.goto(url)
    launcher = page.locator("#sapa-chat .launcher")
    launcher.click()
    chat = page.frame_locator("#sapa-chat iframe")
    expect(chat.get_by_role("textbox")).to_be_focused()
    return chat


def write(chat: FrameLocator, text: str) -> None:
    box = chat.get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def rows(chat: FrameLocator) -> list[str]:
    return [text.strip() for text in chat.locator(".log .row p").all_inner_texts()]


def talk(site: Site) -> int:
    """The id of the only conversation there is."""
    with site.here.unit_of_work() as session:
        return session.scalars(sa.select(Conversation.id)).one()


def say(site: Site, text: str, choices: tuple[Choice, ...] = ()) -> None:
    with site.here.unit_of_work() as session:
        held = conversations.by_id(session, session.scalars(sa.select(Conversation.id)).one())
        conversations.say(session, held, text, author="bot", choices=choices)


def agent(session: Session) -> Staff:
    return staff.add(session, email="sari@toko.example", name="Sari Dewi", role="agent",
                     password=factories.PASSWORD)  # fmt: skip


def stored(site: Site) -> list[str]:
    with site.here.unit_of_work() as session:
        query = sa.select(Message.text).where(Message.direction == "inbound").order_by(Message.id)
        return list(session.scalars(query))


def frame_of(page: Page) -> Frame:
    return next(one for one in page.frames if "/webchat/frame" in one.url)


def test_on_a_named_site_the_chat_works_whatever_the_page_around_it_does(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    one = window()
    chat = opened(one.page, elsewhere.url)
    box = one.page.locator("#sapa-chat iframe").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["x"] + box["width"])) == (392, DESKTOP[0] - 20)
    write(chat, "kampas rem")
    expect(chat.locator(".log .row.mine:not(.sending)")).to_have_count(1)
    say(site, "Yang mana, Kak?")
    expect(chat.locator(".row.bot")).to_have_text(re.compile("Yang mana, Kak"))
    one.page.reload()
    one.page.locator("#sapa-chat .launcher").click()
    expect(chat.locator(".row")).to_have_count(2)
    assert rows(chat) == ["kampas rem", "Yang mana, Kak?"]
    assert one.complaints == []


def test_what_was_said_while_nobody_looked_is_counted_on_the_button(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    page = window().page
    chat = opened(page, elsewhere.url)
    write(chat, "halo")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    page.goto("about:blank")
    say(site, "Halo, Kak.")
    page.goto(elsewhere.url)
    expect(page.locator("#sapa-chat .badge")).to_have_text("1")
    page.locator("#sapa-chat .launcher").click()
    expect(page.locator("#sapa-chat .badge")).to_be_hidden()


def test_on_a_site_that_the_shop_does_not_name_nothing_appears(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    site.here.settings = site.here.settings.model_copy(update={"widget_origins": ""})
    one = window()
    with one.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        one.page.goto(elsewhere.url)
    expect(one.page.locator("#sapa-chat .launcher")).to_be_hidden()


def test_while_the_network_is_away_words_wait_and_nothing_is_missed(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    one = window()
    chat = opened(one.page, elsewhere.url)
    write(chat, "satu")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    one.context.set_offline(True)
    expect(chat.locator(".offline")).to_be_visible()
    write(chat, "dua")
    write(chat, "tiga")
    say(site, "Sebentar ya, Kak.")
    expect(chat.locator(".row.sending")).to_have_count(2)
    assert stored(site) == ["satu"]
    one.context.set_offline(False)
    expect(chat.locator(".row")).to_have_count(4)
    expect(chat.locator(".row.sending")).to_have_count(0)
    expect(chat.locator(".offline")).to_be_hidden()
    assert stored(site) == ["satu", "dua", "tiga"]
    assert sorted(rows(chat)) == ["Sebentar ya, Kak.", "dua", "satu", "tiga"]


def test_words_that_could_not_be_sent_are_sent_after_a_reload_once(
    site: Site, window: Windows
) -> None:
    one = window()
    chat = opened(one.page, site.url + "/contact")
    one.page.route("**/webchat/messages", lambda route: route.abort())
    write(chat, "jangan hilang")
    expect(chat.locator(".row.late")).to_have_count(1)
    one.page.unroute("**/webchat/messages")
    one.page.reload()
    one.page.locator("#sapa-chat .launcher").click()
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    one.page.reload()
    one.page.locator("#sapa-chat .launcher").click()
    expect(chat.locator(".row")).to_have_count(1)
    assert stored(site) == ["jangan hilang"]


def test_a_message_whose_answer_was_lost_is_stored_and_shown_once(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    lost = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    one = window()
    one.page.route("**/webchat/events", lambda route: route.abort())
    chat = opened(one.page, elsewhere.url)
    one.page.route("**/webchat/messages", lose_first)
    write(chat, "sekali saja")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    expect(chat.locator(".row")).to_have_count(1)
    assert (lost, stored(site)) == ([202], ["sekali saja"])


def test_a_stream_that_ends_again_and_again_misses_and_doubles_nothing(
    site: Site, window: Windows, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LIFE_S", 0.2)
    chat = opened(window().page, elsewhere.url)
    write(chat, "halo")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    said = [f"kabar {number}" for number in range(12)]
    for text in said:
        say(site, text)
    expect(chat.locator(".row")).to_have_count(13)
    assert rows(chat) == ["halo", *said]


def leave(route: Route) -> None:
    """Take the request and never answer it."""


def test_where_streams_are_held_back_the_chat_asks_instead(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    def hurried(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace("FIRST_MS = 10_000", "FIRST_MS = 300")
        route.fulfill(response=answer, body=body.replace("POLL_MS = 4_000", "POLL_MS = 1_500"))

    one = window()
    one.page.route("**/api.js", hurried)
    one.page.route("**/webchat/events", leave)
    chat = opened(one.page, elsewhere.url)
    write(chat, "halo")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    say(site, "Halo, Kak.")
    expect(chat.locator(".row.bot")).to_have_count(1)
    say(site, "Cari apa?")
    expect(chat.locator(".row.bot")).to_have_count(2)
    assert rows(chat) == ["halo", "Halo, Kak.", "Cari apa?"]


def test_the_chat_is_used_by_keyboard_alone(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    page = window().page
    page.goto(elsewhere.url)
    expect(page.locator("#sapa-chat .launcher")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#sapa-chat .launcher")).to_be_focused()
    page.keyboard.press("Enter")
    chat = page.frame_locator("#sapa-chat iframe")
    expect(chat.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("kampas rem")
    page.keyboard.press("Enter")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    say(site, "Yang mana?", (Choice("Depan", "/front"), Choice("Belakang", "/back")))
    expect(chat.locator(".chip")).to_have_count(2)
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(chat.get_by_role("button", name="Depan")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(2)
    expect(chat.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#sapa-chat .launcher")).to_be_focused()
    assert stored(site) == ["kampas rem", "Depan"]


@pytest.mark.parametrize(
    ("size", "theme", "language"), [(DESKTOP, "light", "id"), (PHONE, "dark", "en")]
)
def test_the_chat_is_accessible_in_both_themes_and_languages(
    site: Site, window: Windows, elsewhere: Elsewhere,
    size: tuple[int, int], theme: str, language: str,
) -> None:  # fmt: skip
    elsewhere.theme, elsewhere.language = theme, language
    one = window(size=size)
    one.page.goto(site.url + "/contact")
    expect(one.page.locator("#sapa-chat .launcher")).to_be_visible()
    refuse_faults(one.page.main_frame, "closed", "'#sapa-chat'")
    chat = opened(one.page, elsewhere.url)
    frame = frame_of(one.page)
    expect(chat.locator(".chip")).to_have_count(3)
    refuse_faults(frame, "welcome")
    chat.locator("input[type=file]").set_input_files(
        {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": encoded()}
    )
    expect(chat.locator(".row.mine:not(.sending) img")).to_have_count(1)
    say(site, f"Kampas Rem ({selling.PADS})\nRp 50.000 per pcs, stok 20.")
    pads = f'/find_part{{"part_code": "{selling.PADS}"}}'
    offered = Choice("Kampas Rem Depan", pads, "Rp 50.000, stok 20")
    say(site, "Yang mana?", (offered, Choice("Admin", "/talk_to_human")))
    expect(chat.locator(".card img")).to_be_visible()
    expect(chat.locator(".chip img")).to_be_visible()
    expect(chat.locator(".card .price")).to_have_text("Rp 50.000")
    refuse_faults(frame, "cards")
    with site.here.unit_of_work() as session:
        held = conversations.by_id(session, session.scalars(sa.select(Conversation.id)).one())
        handoffs.claim(session, held, agent(session))
        handoffs.reply(session, held, held.agent, "Halo, saya Sari.")  # type: ignore[arg-type]
    expect(chat.locator(".row.agent")).to_be_visible()
    chat.locator("header .whatsapp").click()
    expect(chat.locator(".move .code")).to_be_visible()
    refuse_faults(frame, "agent and code")
    assert frame.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert one.complaints == []


def refuse_faults(frame: Frame, name: str, part: str = "document") -> None:
    """No violation that axe-core finds; in this very frame, the others are asked themselves."""
    found = frame.evaluate(
        AXE + f";axe.run({part}, {{runOnly: {RULES}, iframes: false}}).then((r) => r.violations"
        ".map((v) => v.id + ' ' + v.nodes.map((n) => n.target).join(' ')))"
    )
    assert found == [], name


def test_who_takes_over_is_there_with_name_and_face(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    chat = opened(window().page, elsewhere.url)
    write(chat, "admin dong")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    with site.here.unit_of_work() as session:
        held = conversations.by_id(session, session.scalars(sa.select(Conversation.id)).one())
        handoffs.request(session, held, reason="asked", actor=Actor.bot())
    expect(chat.locator(".status")).to_have_text("Menunggu admin…")
    with site.here.unit_of_work() as session:
        held = conversations.by_id(session, session.scalars(sa.select(Conversation.id)).one())
        sari = agent(session)
        handoffs.claim(session, held, sari)
        handoffs.reply(session, held, sari, "Saya bantu ya, Kak.")
        public_id = held.public_id
    expect(chat.locator("header h1")).to_have_text("Sari Dewi")
    expect(chat.locator("header .face")).to_have_text("SD")
    live.publish([Event(live.TYPING, {"conversation_id": public_id})])
    expect(chat.locator(".typing")).to_be_visible()
    expect(chat.locator(".row.agent .name")).to_have_text("Sari Dewi")
    expect(chat.locator(".status")).to_have_text("Sedang melayani Kakak")


def test_ticks_and_typing_say_how_far_a_message_has_come(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    chat = opened(window().page, elsewhere.url)
    write(chat, "kampas rem")
    expect(chat.locator(".row.mine .tick")).to_have_text(re.compile("terkirim"))
    expect(chat.locator(".typing")).to_be_visible()
    with site.here.unit_of_work() as session:
        work = conversations.begin_turn(session, session.scalars(sa.select(Conversation.id)).one())
        assert work is not None
        conversations.finish_turn(session, work.turn_id, [conversations.Draft("Yang mana?")])
    expect(chat.locator(".row.mine .tick")).to_have_text(re.compile("dibaca"))
    expect(chat.locator(".typing")).to_be_hidden()


def test_a_photo_is_sent_and_still_there_after_a_reload(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    one = window()
    chat = opened(one.page, elsewhere.url)
    with one.page.expect_file_chooser() as chosen:
        chat.get_by_role("button", name="Kirim foto").click()
    photo = {"name": "bukti.jpg", "mimeType": "image/jpeg", "buffer": io.BytesIO(encoded()).read()}
    chosen.value.set_files(photo)  # type: ignore[arg-type]
    expect(chat.locator(".row.mine:not(.sending) img")).to_have_count(1)
    one.page.reload()
    one.page.locator("#sapa-chat .launcher").click()
    shown = chat.locator(".row.mine img")
    expect(shown).to_have_attribute("src", re.compile("^blob:"))
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("(image) => image.naturalWidth") > 0
    assert one.complaints == []


def test_a_code_written_in_whatsapp_carries_cart_and_talk_there(
    site: Site, window: Windows, elsewhere: Elsewhere
) -> None:
    one = window()
    chat = opened(one.page, elsewhere.url)
    write(chat, "kampas rem")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    with site.here.unit_of_work() as session:
        [web] = session.scalars(sa.select(Conversation)).all()
        carts.add(session, web.customer, selling.PADS, 2, Actor.customer(web.customer))
    chat.get_by_role("button", name="Lanjut di WhatsApp").click()
    link = chat.get_by_role("link", name="Buka WhatsApp").get_attribute("href") or ""
    code = chat.locator(".move .code").inner_text().split()[-1]
    assert link.startswith("https://wa.me/6281255500101?text=")
    assert link.endswith(code)
    said = f"Halo, saya mau lanjut chat dari web di sini. Kode saya {code}"
    intake.take_in(Inbound("twilio", "SMmove", "whatsapp", factories.BUDI, said))
    expect(chat.locator(".moved")).to_be_visible()
    with site.here.unit_of_work() as session:
        budi = customers.known_at(session, factories.BUDI)
        assert budi is not None
        held = carts.show(session, budi)
        assert [(line.part_code, line.quantity) for line in held.lines] == [(selling.PADS, 2)]
        assert len(conversations.of_customer(session, budi)) == 2
    chat.get_by_role("button", name="Mulai chat baru di sini").click()
    expect(one.page.locator("#sapa-chat .launcher")).to_be_attached()
    assert one.complaints == []
