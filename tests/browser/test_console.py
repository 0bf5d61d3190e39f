"""The console in a browser: what arrives by itself, and what a person does with mouse and keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Route, expect

from crm_core import conversations, handoffs, orders
from crm_core.conversations import Conversation
from crm_core.timeline import Actor
from tests import factories
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Site, Window
from tests.channels.desk import Case, a_case, member

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]


def write(site: Site, text: str, **more: object) -> Conversation:
    """A customer writes, while pages are open."""
    with site.here.unit_of_work() as session:
        return factories.received(session, text, **more).conversation


def test_a_new_message_appears_in_the_list_and_the_conversation_without_reload(
    site: Site, window: Windows
) -> None:
    talk = write(site, "pagi")
    desk = window(member(site.here))
    page = desk.open(f"/console/conversations/{talk.public_id}?tab=all")
    page.evaluate("window.__same_page = true")
    expect(page.locator(".said")).to_have_count(1)
    write(site, "ada kampas rem depan beat 2019?")
    expect(page.locator(".said .words").nth(1)).to_have_text("ada kampas rem depan beat 2019?")
    expect(page.locator(".talk .preview").first).to_have_text("ada kampas rem depan beat 2019?")
    assert page.evaluate("window.__same_page") is True
    assert desk.complaints == []


def test_a_message_that_comes_while_the_list_is_being_read_is_in_the_list_too(
    site: Site, window: Windows
) -> None:
    talk = write(site, "pagi")
    page = window(member(site.here)).open(f"/console/conversations/{talk.public_id}?tab=all")
    preview = page.locator(".talk .preview").first
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/console/inbox?*", hold_the_first)
    write(site, "kampas rem")
    expect(page.locator(".said")).to_have_count(2)
    write(site, "yang depan ya")
    expect(page.locator(".said")).to_have_count(3)
    route, old_list = held[0]
    route.fulfill(response=old_list)
    expect(preview).to_have_text("yang depan ya")


def test_a_customer_who_asks_for_a_person_is_counted_at_once(site: Site, window: Windows) -> None:
    talk = write(site, "bisa bicara dengan orang?")
    page = window(member(site.here)).open("/console/orders")
    expect(page.locator("#rail-inbox")).to_have_text("")
    with site.here.unit_of_work() as session:
        found = conversations.by_public_id(session, talk.public_id)
        handoffs.request(session, found, reason="asked", actor=Actor.bot())
    expect(page.locator("#rail-inbox")).to_have_text("1")
    expect(page).to_have_title(re.compile(r"^\(1\) "))


def test_claim_answer_with_enter_and_hand_back(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    desk = window(member(site.here, name="Siti"))
    page = desk.open("/console/inbox")
    page.locator(".talk").first.click()
    page.get_by_role("button", name="Ambil percakapan").click()
    box = page.get_by_role("textbox", name="Tulis jawaban")
    box.fill("Selamat pagi Kak,")
    box.press("Shift+Enter")
    box.type("ada yang bisa dibantu?")
    box.press("Enter")
    said = page.locator(".said.agent .words")
    expect(said).to_have_text("Selamat pagi Kak,\nada yang bisa dibantu?", use_inner_text=True)
    expect(box).to_have_value("")
    page.get_by_role("button", name="Kembalikan ke bot").click()
    page.locator("dialog[open] textarea").fill("sudah jelas")
    page.locator("dialog[open] button.btn-primary").click()
    expect(page.locator("#speaker")).to_contain_text("Dijawab bot")
    with site.here.unit_of_work() as session:
        assert conversations.by_public_id(session, case.talk).handler == "bot"
    assert desk.complaints == []


def test_a_draft_survives_looking_elsewhere(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    page = window(member(site.here)).open(f"/console/conversations/{case.talk}")
    page.get_by_role("button", name="Ambil percakapan").click()
    page.get_by_role("textbox", name="Tulis jawaban").fill("sebentar saya cek")
    page.goto(site.url + "/console/orders")
    page.goto(site.url + f"/console/conversations/{case.talk}")
    expect(page.get_by_role("textbox", name="Tulis jawaban")).to_have_value("sebentar saya cek")


def test_a_colleague_sees_who_took_it_while_looking(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    siti, dedi = member(site.here, name="Siti"), member(site.here, name="Dedi")
    theirs = window(dedi).open(f"/console/conversations/{case.talk}")
    expect(theirs.get_by_role("button", name="Ambil percakapan")).to_be_visible()
    mine = window(siti).open(f"/console/conversations/{case.talk}")
    mine.get_by_role("button", name="Ambil percakapan").click()
    expect(theirs.locator("#acts")).to_contain_text("Sudah diambil Siti")
    expect(theirs.get_by_role("button", name="Ambil percakapan")).to_have_count(0)


def test_accepting_a_payment(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    desk = window(member(site.here))
    page = desk.open("/console/payments")
    page.get_by_role("link", name=case.order).click()
    expect(page.get_by_label("Jumlah yang masuk")).to_have_value("")
    page.get_by_label("Jumlah yang masuk").fill(f"{case.amount_due:,}".replace(",", "."))
    page.get_by_label("Nomor referensi bank").fill("TRX-1")
    page.get_by_role("button", name="Terima uang").click()
    expect(page.locator("#toasts")).to_contain_text(f"{case.order} lunas")
    with site.here.unit_of_work() as session:
        assert str(orders.by_code(session, case.order).state) == "paid"
    assert desk.complaints == []


def test_rejecting_with_a_ready_reason(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    page = window(member(site.here)).open(f"/console/payments/{case.order}")
    page.get_by_role("button", name="Tolak").click()
    page.locator("dialog[open] [data-preset]").first.click()
    page.locator("dialog[open] button.btn-danger").click()
    expect(page.locator("#toasts")).to_contain_text("ditolak")


HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">{{7*7}}{slot}"><svg onload=alert(3)>'
    "'-alert(4)-'</textarea><script>alert(5)</script>"
)


def test_nothing_that_customers_write_runs(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    write(site, HOSTILE)
    talk = write(site, HOSTILE, address="whatsapp:+6285345678901", profile_name=HOSTILE[:70])
    with site.here.unit_of_work() as session:
        found = conversations.by_public_id(session, talk.public_id)
        handoffs.request(session, found, reason="asked", actor=Actor.bot(), wish=HOSTILE)
        customer = found.customer.public_id
    desk = window(member(site.here, "admin"))
    for path in (
        "/console", "/console/inbox?tab=all", f"/console/conversations/{talk.public_id}?tab=all",
        f"/console/conversations/{case.talk}", f"/console/customers/{customer}",
        "/console/customers", f"/console/customers?q={HOSTILE[:40]}", "/console/complaints",
        f"/search?q={HOSTILE}",
    ):  # fmt: skip
        desk.open(path)
        assert desk.page.evaluate("window.__ran") == [], path
    page = desk.open(f"/console/conversations/{talk.public_id}?tab=all")
    expect(page.locator(".said .words").first).to_have_text(HOSTILE)
    assert desk.complaints == []


PATHS = (
    "/console", "/console/inbox", "/console/payments", "/console/orders?tab=all",
    "/console/complaints", "/console/customers", "/console/parts", "/console/staff",
    "/console/pages", "/console/password", "/console/pages/how_to_buy/id",
)  # fmt: skip


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_is_wider_than_its_window_or_breaks_its_own_policy(
    site: Site, window: Windows, size: tuple[int, int]
) -> None:
    case = a_case(site.here)
    desk = window(member(site.here, "admin"), size)
    own = pages_of(case)
    for path in (*PATHS, *own, "/", "/search?q=kampas", "/contact", "/info/how_to_buy"):
        desk.open(path)
        assert desk.too_wide() <= 0, path
    assert desk.complaints == []


def pages_of(case: Case) -> tuple[str, ...]:
    return (
        f"/console/conversations/{case.talk}",
        f"/console/payments/{case.order}",
        f"/console/orders/{case.order}",
        f"/console/complaints/{case.complaint}",
        f"/console/customers/{case.customer}",
        f"/console/parts/{case.part}",
    )


def test_on_a_phone_list_conversation_and_details_follow_one_another(
    site: Site, window: Windows
) -> None:
    a_case(site.here)
    page = window(member(site.here), PHONE).open("/console/inbox")
    page.locator(".talk").first.click()
    expect(page.locator(".pane-list")).to_be_hidden()
    expect(page.locator("#thread")).to_be_visible()
    page.get_by_role("link", name="Rincian").click()
    expect(page.locator("#about")).to_be_visible()
    page.locator("#detail").get_by_role("link", name="Kembali ke daftar").click()
    expect(page.locator("#about")).to_be_hidden()
    page.locator("#talk").get_by_role("link", name="Kembali ke daftar").click()
    expect(page.locator(".talk").first).to_be_visible()


NAMELESS = """() => [...document.querySelectorAll("a[href],button,input,select,textarea")]
  .filter((one) => one.type !== "hidden" && !one.getAttribute("aria-hidden"))
  .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") || one.title
    || (one.labels && one.labels.length)))
  .map((one) => one.outerHTML)"""
"""What a person who hears the page could not name."""


def test_everything_is_reached_and_labelled_for_the_keyboard(site: Site, window: Windows) -> None:
    case = a_case(site.here)
    desk = window(member(site.here, "admin"))
    for path in (*PATHS, *pages_of(case)):
        page = desk.open(path)
        nameless = page.evaluate(NAMELESS)
        assert nameless == [], path
        assert page.locator("h1").count() == 1, path


class TestWithoutRedis:
    """What is live looks for itself every two seconds when Redis is away."""

    @pytest.fixture
    def redis_address(self) -> str:
        return "redis://127.0.0.1:1/0"

    def test_a_new_message_still_appears_by_itself(self, site: Site, window: Windows) -> None:
        talk = write(site, "pagi")
        page = window(member(site.here)).open(f"/console/conversations/{talk.public_id}")
        write(site, "halo?")
        expect(page.locator(".said .words").nth(1)).to_have_text("halo?")
