"""The list of what the bot did not understand, worked through with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from crm_core import learning
from crm_core.learning import Reason
from tests import factories
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Site, Window
from tests.channels.desk import member

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]


def note(site: Site, *texts: str) -> None:
    """Messages that the bot did not understand, the last one first on the list."""
    with site.here.unit_of_work() as session:
        for text in texts:
            message = factories.received(session, text).message
            learning.note(
                session,
                message.id,
                text=text,
                language="id",
                reason=Reason.LOW_CONFIDENCE,
                ranking=[("ask_points", 0.21)],
            )


def test_message_after_message_is_labelled_without_touching_the_mouse(
    site: Site, window: Windows
) -> None:
    note(site, "tiga", "dua", "satu")
    desk = window(member(site.here, "manager", "Rina"), DESKTOP)
    page = desk.open("/console/learning?order=newest")
    page.evaluate("window.__same_page = true")
    expect(page.locator("#count-open")).to_have_text("3")
    page.get_by_label("Maksud dari “satu”").focus()
    for left, letters in ((2, "Cari barang"), (1, "Salam")):
        page.keyboard.type(letters)  # a select finds its entry by its first letters
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#count-open")).to_have_text(str(left))
        expect(page.locator(".puzzles li")).to_have_count(left)
        # Who types within the blink in which htmx takes over a new form gets a whole new page.
        expect(page.locator(".htmx-added, .htmx-settling, .htmx-swapping")).to_have_count(0)
    expect(page.get_by_label("Maksud dari “tiga”")).to_be_focused()
    expect(page.locator("#count-to-learn")).to_have_text("2")
    expect(page.get_by_role("button", name="Latih dengan label baru")).to_be_enabled()
    assert page.evaluate("window.__same_page") is True
    with site.here.unit_of_work() as session:
        found = {one.text: one.label for one in learning.labelled_texts(session)}
    assert found == {"satu": "find_part", "dua": "greet"}
    assert desk.complaints == []


def test_the_list_fits_a_small_phone(site: Site, window: Windows) -> None:
    note(site, "kata" * 60, "kampas rem depan yang buat motor bapak saya itu lho yang merah")
    desk = window(member(site.here, "manager", "Rina"), PHONE)
    page = desk.open("/console/learning")
    expect(page.locator(".puzzles li")).to_have_count(2)
    assert desk.too_wide() == 0
    page.get_by_role("button", name="Abaikan").first.click()
    expect(page.locator(".puzzles li")).to_have_count(1)
    assert desk.complaints == []
