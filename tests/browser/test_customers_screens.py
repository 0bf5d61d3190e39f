"""The web chat and the phone simulator in a browser, as a customer uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from crm_core import conversations, handoffs
from crm_core.conversations import Choice, Conversation
from crm_core.timeline import Actor
from tests.browser.conftest import PATIENCE_MS, PHONE, Site, Window
from tests.factories import member
from tests.forms import encoded

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]
HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} [klik](javascript:alert(2)) \u202etnemyap"
PARTS = (
    Choice("Kampas rem depan", "/order_part", "Rp 59.000 · stok 28"),
    Choice("Kampas rem belakang", "/other_part", "Rp 48.500 · stok 6"),
)


def only_talk(site: Site) -> Conversation:
    with site.here.unit_of_work() as session:
        [row] = conversations.inbox(session).items
        return conversations.by_id(session, row.id)


def answer(site: Site, text: str, choices: tuple[Choice, ...] = ()) -> None:
    """The shop says something in the only conversation there is."""
    talk = only_talk(site)
    with site.here.unit_of_work() as session:
        conversations.say(session, talk, text, author="bot", choices=choices)


FRAME = "#sapa-chat iframe"


def open_chat(page: Page) -> Locator:
    """What the chat's frame shows, once it can be written in."""
    page.get_by_role("button", name="Chat dengan toko").click()
    panel = page.frame_locator(FRAME).locator("body")
    expect(panel.get_by_role("textbox")).to_be_focused()
    return panel


def write(panel: Locator, text: str) -> None:
    panel.get_by_role("textbox").fill(text)
    panel.get_by_role("textbox").press("Enter")


def test_a_visitor_writes_and_the_answer_appears_by_itself(site: Site, window: Windows) -> None:
    shop = window()
    panel = open_chat(shop.open("/"))
    expect(panel).to_contain_text("Halo Kak!")
    write(panel, "kampas rem depan beat")
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
    answer(site, "Ada, Kak. Yang mana?", PARTS)
    expect(panel.locator(".row.bot p")).to_have_text(["Ada, Kak. Yang mana?"])
    expect(panel.locator(".chip")).to_have_count(2)
    assert shop.complaints == []


def test_a_tapped_choice_is_sent_with_what_it_means(site: Site, window: Windows) -> None:
    panel = open_chat(window().open("/"))
    write(panel, "kampas rem")
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
    answer(site, "Yang mana?", PARTS)
    panel.get_by_role("button", name="Kampas rem belakang").click()
    expect(panel.locator(".row.mine p")).to_have_text(["kampas rem", "Kampas rem belakang"])
    expect(panel.locator(".chip")).to_have_count(0)
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(2)
    talk = only_talk(site)
    with site.here.unit_of_work() as session:
        last = conversations.latest(session, talk.id)[-1]
        assert session.get_one(conversations.Message, last.id).tapped_payload == "/other_part"


def test_after_a_reload_the_conversation_goes_on(site: Site, window: Windows) -> None:
    shop = window()
    panel = open_chat(shop.open("/"))
    write(panel, "satu")
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
    answer(site, "dua")
    expect(panel.locator(".row.bot")).to_have_count(1)
    panel = open_chat(shop.open("/"))
    expect(panel.locator(".row p")).to_have_text(["satu", "dua"])


def test_a_closed_chat_counts_what_was_said_meanwhile(site: Site, window: Windows) -> None:
    shop = window()
    page = shop.open("/")
    panel = open_chat(page)
    write(panel, "halo")
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
    panel.get_by_role("textbox").press("Escape")
    expect(page.locator(FRAME)).to_be_hidden()
    expect(page.get_by_role("button", name="Chat dengan toko")).to_be_focused()
    answer(site, "masih di sana, Kak?")
    expect(page.locator(".badge")).to_have_text("1")


def test_the_visitor_sees_that_a_person_has_joined(site: Site, window: Windows) -> None:
    panel = open_chat(window().open("/"))
    write(panel, "bicara dengan orang")
    expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
    talk = only_talk(site)
    with site.here.unit_of_work() as session:
        handoffs.request(session, talk, reason="asked", actor=Actor.bot())
    expect(panel.locator(".status")).to_have_text("Menunggu admin…")
    with site.here.unit_of_work() as session:
        sari = member(session, name="Sari")
        handoffs.claim(session, talk, sari)
        handoffs.reply(session, talk, sari, "Halo, ini Sari")
    expect(panel.locator(".status")).to_have_text("Sedang melayani Kakak")
    expect(panel.locator("header")).to_contain_text("Sari")
    expect(panel.locator(".row.agent .name").last).to_have_text("Sari")


def test_a_photo_is_shown_and_a_file_that_is_none_is_explained(
    site: Site, window: Windows, tmp_path: Path
) -> None:
    shop = window()
    panel = open_chat(shop.open("/"))
    slip, note = tmp_path / "slip.png", tmp_path / "slip2.png"
    slip.write_bytes(encoded("PNG", (300, 200)))
    note.write_bytes(b"bukan foto")
    panel.locator("input[type=file]").set_input_files(slip)
    expect(panel.locator(".row.mine:not(.sending) img")).to_have_count(1)
    panel.locator("input[type=file]").set_input_files(note)
    expect(panel.get_by_role("alert")).to_have_text("File ini bukan foto yang bisa dibaca")
    expect(panel.locator(".row.mine")).to_have_count(1)


def test_hostile_words_are_shown_and_never_run(site: Site, window: Windows) -> None:
    shop = window()
    panel = open_chat(shop.open("/"))
    write(panel, HOSTILE)
    answer_row = panel.locator(".row.mine:not(.sending) p")
    expect(answer_row).to_have_count(1)
    assert answer_row.text_content() == HOSTILE
    answer(site, HOSTILE, (Choice("<b>tebal</b>", "/x"),))
    expect(panel.locator(".row.bot p")).to_have_count(1)
    assert panel.locator(".row.bot p").text_content() == HOSTILE
    expect(panel.locator(".chip")).to_have_text("<b>tebal</b>")
    assert shop.page.evaluate("window.__ran") == []
    assert shop.complaints == []


def test_the_chat_fills_a_phone_without_sideways_scrolling(site: Site, window: Windows) -> None:
    shop = window(size=PHONE)
    page = shop.open("/")
    open_chat(page)
    box = page.locator(FRAME).bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
    assert shop.too_wide() == 0


class TestWithoutRedis:
    """The same page when nothing can be published."""

    @pytest.fixture
    def redis_address(self) -> str:
        return "redis://127.0.0.1:1/0"

    def test_the_answer_still_appears_by_itself(self, site: Site, window: Windows) -> None:
        panel = open_chat(window().open("/"))
        write(panel, "halo")
        expect(panel.locator(".row.mine:not(.sending)")).to_have_count(1)
        answer(site, "Halo Kak")
        expect(panel.locator(".row.bot p")).to_have_text(["Halo Kak"])


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=f"Telepon {name}")


def test_a_whatsapp_customer_chooses_from_the_list(site: Site, window: Windows) -> None:
    desk = window()
    budi = phone(desk.open("/phone"), "Budi Santoso")
    write(budi, "kampas rem")
    expect(budi.locator(".msg.mine:not(.sending)")).to_have_count(1)
    answer(site, "Yang *mana*?", PARTS)
    budi.get_by_role("button", name="Lihat pilihan").click()
    budi.get_by_role("button", name="Kampas rem depan").click()
    expect(budi.locator(".msg.mine p")).to_have_text(["kampas rem", "Kampas rem depan"])
    expect(budi.locator(".msg strong").first).to_have_text("mana")
    assert desk.complaints == []


def test_an_sms_customer_reads_numbers_and_plain_text(site: Site, window: Windows) -> None:
    nurul = phone(window().open("/phone"), "Nurul Aini")
    write(nurul, "kampas rem")
    expect(nurul.locator(".msg.mine:not(.sending)")).to_have_count(1)
    answer(site, "Yang *mana*?", PARTS)
    text = nurul.locator(".msg:not(.mine) p")
    expect(text).to_contain_text("Yang mana?")
    expect(text).to_contain_text("2. Kampas rem belakang - Rp 48.500 - stok 6")


def test_what_the_phone_shows_is_reported_as_read(site: Site, window: Windows) -> None:
    budi = phone(window().open("/phone"), "Budi Santoso")
    write(budi, "halo")
    expect(budi.locator(".msg.mine:not(.sending)")).to_have_count(1)
    talk = only_talk(site)
    reported = budi.page.expect_response(lambda told: "/phone/seen" in told.url and told.ok)
    with reported, site.here.unit_of_work() as session:
        said = conversations.say(session, talk, "Halo Kak", author="bot")
        assert conversations.claim_delivery(session, said.id) is not None
        conversations.mark_sent(session, said.id, "SMloopback", "sent")
    with site.here.unit_of_work() as session:
        assert conversations.message_view(session, said.id).status == "read"


def test_hostile_words_on_a_phone_are_shown_and_never_run(site: Site, window: Windows) -> None:
    desk = window()
    budi = phone(desk.open("/phone"), "Budi Santoso")
    write(budi, HOSTILE)
    expect(budi.locator(".msg.mine:not(.sending)")).to_have_count(1)
    assert budi.locator(".msg.mine p").text_content() == HOSTILE
    assert desk.page.evaluate("window.__ran") == []
    assert desk.complaints == []


def test_a_new_phone_stays_after_a_reload(window: Windows) -> None:
    desk = window()
    page = desk.open("/phone")
    before = page.locator(".device").count()
    page.get_by_role("button", name="+ SMS").click()
    expect(page.locator(".device")).to_have_count(before + 1)
    desk.open("/phone")
    expect(page.locator(".device")).to_have_count(before + 1)


def test_the_phones_fit_a_phone(window: Windows) -> None:
    desk = window(size=PHONE)
    page = desk.open("/phone")
    expect(page.locator(".device").first).to_be_visible()
    assert desk.too_wide() == 0
