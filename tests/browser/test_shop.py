"""The shop in a browser: one cart with the chat, one order for any number of clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from crm_core import carts, catalogue, conversations, customers, identity, pricing, shop
from crm_core.customers import Customer
from crm_core.orders import Order
from crm_core.pricing import NewPromotion
from crm_core.timeline import Actor
from tests import selling
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Site, Window
from tests.factories import MOMENT

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]
STAFF = Actor.system("test")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def stocked(site: Site) -> None:
    with site.here.unit_of_work() as session:
        catalogue.save_category(
            session, slug="rem", name_id="Rem", name_en="Brakes", position=1, actor=STAFF
        )
        catalogue.upsert_parts(
            session,
            [
                {"part_code": selling.PADS, "name": "Kampas Rem Depan — Beat eSP, Scoopy eSP",
                 "category": "rem", "price_idr": "50000", "stock": "9", "weight_g": "190",
                 "description": "Sepasang kampas untuk rem cakram."},
                {"part_code": selling.FILTER, "name": "Saringan Oli — Beat", "category": "rem",
                 "price_idr": "20000", "stock": "0", "weight_g": "90"},
            ],
            actor=STAFF,
        )  # fmt: skip
        shop.save_fact(session, "name", "Toko Coba")
        for slug in ("how_to_buy", "how_to_pay", "company_profile"):
            shop.save_page(
                session, slug=slug, language="id", title=slug.title(), body="- satu", actor=STAFF
            )
        selling.district_id(session)
        selling.account(session)
        pricing.save_promotion(
            session,
            NewPromotion("Pekan Rem", "percent", 5, MOMENT, MOMENT.replace(year=2099), code="REM5"),
            actor=STAFF,
        )


def customer(site: Site) -> Customer:
    """The only one there is."""
    with site.here.unit_of_work() as session:
        return session.scalars(sa.select(Customer).where(Customer.merged_into_id.is_(None))).one()


def add_from_the_page(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Keranjang Kampas")).click()
    expect(page.locator(".toast")).to_contain_text("Sudah masuk keranjang")


def fill_address(page: Page) -> None:
    page.get_by_label("Nama penerima").fill("Budi Santoso")
    page.get_by_label("Nomor HP").fill("0812-3456-7890")
    page.get_by_label("Alamat").fill("Jl. Gajah Mada No. 12")
    page.get_by_label("Kecamatan").fill("Pontianak Kota")
    page.get_by_role("button", name="Lanjut").click()


def test_page_and_chat_fill_the_same_cart(site: Site, window: Windows) -> None:
    """What one adds, the other has, and an open page shows it by itself."""
    one = window()
    page = one.open("/c/rem")
    add_from_the_page(page)
    expect(page.locator("#cart-badge .count")).to_have_text(re.compile("^1"))
    page.get_by_role("button", name="Chat dengan toko").click()
    chat = page.frame_locator("#sapa-chat iframe")
    box = chat.get_by_role("textbox")
    box.fill("lihat keranjang")
    box.press("Enter")
    expect(chat.locator(".row.mine:not(.sending)")).to_have_count(1)
    with site.here.unit_of_work() as session:
        [row] = conversations.inbox(session).items
        talk = conversations.by_id(session, row.id)
        held = carts.show(session, talk.customer)
        assert [(line.part_code, line.quantity) for line in held.lines] == [(selling.PADS, 1)]
        carts.add(session, talk.customer, selling.PADS, 2, Actor.customer(talk.customer))
        conversations.say(session, talk, "Sudah saya tambah 2 lagi, Kak.", author="bot")
    expect(page.locator("#cart-badge .count")).to_have_text(re.compile("^3"))
    page.goto(site.url + "/cart")
    with site.here.unit_of_work() as session:
        talk = conversations.by_id(session, row.id)
        carts.add(session, talk.customer, selling.PADS, 1, Actor.customer(talk.customer))
        conversations.say(session, talk, "Satu lagi, Kak.", author="bot")
    expect(page.locator(".lines input[name=quantity]")).to_have_value("4")
    assert one.complaints == []


def test_the_cart_is_changed_where_it_stands(site: Site, window: Windows) -> None:
    one = window()
    page = one.open("/c/rem")
    add_from_the_page(page)
    page.locator("#cart-badge").click()
    page.locator(".lines input[name=quantity]").fill("3")
    page.locator(".lines input[name=quantity]").press("Tab")
    expect(page.locator(".totals")).to_contain_text("Rp 150.000")
    page.locator(".lines input[name=quantity]").fill("50")
    page.locator(".lines input[name=quantity]").press("Tab")
    expect(page.locator(".note.bad")).to_contain_text("tinggal 9")
    page.get_by_role("button", name="Keluarkan").click()
    expect(page.locator("#cart")).to_contain_text("masih kosong")
    assert one.complaints == []


def test_two_clicks_and_the_way_back_make_one_order(site: Site, window: Windows) -> None:
    page = window().open("/c/rem")
    add_from_the_page(page)
    page.goto(site.url + "/checkout")
    fill_address(page)
    button = page.get_by_role("button", name="Pesan sekarang")
    button.dblclick()
    page.wait_for_url(re.compile("/o/"))
    page.go_back()
    page.wait_for_load_state()
    if page.get_by_role("button", name="Pesan sekarang").count():
        page.get_by_role("button", name="Pesan sekarang").click()
        page.wait_for_load_state()
    with site.here.unit_of_work() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
        assert carts.show(session, customer(site)).empty


def test_everything_works_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(site.url + f"/p/{selling.PADS}")
    page.get_by_label("Jumlah").fill("2")
    page.get_by_role("button", name="Masukkan keranjang").click()
    page.get_by_label("Jumlah Kampas").fill("3")
    page.get_by_role("button", name="Ubah").click()
    expect(page.locator(".totals")).to_contain_text("Rp 150.000")
    page.get_by_role("link", name="Lanjut pesan").click()
    fill_address(page)
    page.get_by_role("button", name="Pesan sekarang").click()
    page.wait_for_url(re.compile("/o/"))
    context.close()


def code_from(site: Site) -> str:
    with site.here.unit_of_work() as session:
        message_id = session.scalars(sa.select(identity.PhoneCode.message_id)).one()
        text = session.get_one(conversations.Message, message_id).text
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None
    return found.group()


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_every_page_is_accessible_and_as_wide_as_its_window(
    site: Site, window: Windows, size: tuple[int, int], scheme: str
) -> None:
    one = window(size=size)
    page = one.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/", "/parts", "/search?q=kampas+rem", "/search?q=xyzzy", f"/p/{selling.FILTER}",
                 "/info/how_to_buy", "/info/how_to_pay", "/info/company_profile", "/contact",
                 "/cart", "/me"):  # fmt: skip
        one.open(path)
        refuse_faults(one, path)
    one.open(f"/p/{selling.PADS}")
    page.get_by_label("Pilih motormu").select_option("Beat")
    page.get_by_role("button", name="Tampilkan yang cocok").click()
    refuse_faults(one, "part for a bike")
    page.get_by_role("button", name="Masukkan keranjang").click()
    expect(page.locator(".toast")).to_be_visible()
    refuse_faults(one, "added")
    one.open("/checkout")
    fill_address(page)
    refuse_faults(one, "summary")
    page.get_by_role("button", name="Pesan sekarang").click()
    page.wait_for_url(re.compile("/o/"))
    one.open("/me")
    page.get_by_label("Nomor HP").fill("0812-3456-7890")
    page.get_by_role("button", name="Kirim kode").click()
    refuse_faults(one, "code")
    page.get_by_label("Kode").fill(code_from(site))
    page.get_by_role("main").get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", name="Halo, Budi Santoso")).to_be_visible()
    expect(page.locator("#orders")).to_contain_text("Menunggu bayar")
    refuse_faults(one, "member")
    assert one.complaints == []


def refuse_faults(one: Window, name: str) -> None:
    """No violation that axe-core finds, nothing outside the window."""
    one.page.wait_for_load_state()
    expect(one.page.locator(".foot")).to_be_attached()
    assert one.too_wide() <= 0, name
    heard = len(one.complaints)
    found = one.page.evaluate(
        AXE + ";axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',"
        " 'wcag22aa', 'best-practice']}).then((r) => r.violations.map((v) =>"
        " v.id + ' ' + v.nodes.map((n) => n.target).join(' ')))"
    )
    del one.complaints[heard:]  # the page's policy refuses the styles with which axe tries things
    assert found == [], name


def test_sign_out_makes_the_browser_a_stranger(site: Site, window: Windows) -> None:
    with site.here.unit_of_work() as session:
        customers.for_address(session, "whatsapp", "whatsapp:+6281234567890", "Budi")
    page = window().open("/me")
    page.get_by_label("Nomor HP").fill("0812-3456-7890")
    page.get_by_role("button", name="Kirim kode").click()
    expect(page.get_by_label("Kode")).to_be_visible()
    page.get_by_label("Kode").fill(code_from(site))
    page.get_by_role("main").get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", name="Halo, Budi")).to_be_visible()
    page.get_by_role("button", name="Keluar", exact=True).click()
    page.goto(site.url + "/me")
    expect(page.get_by_role("button", name="Kirim kode")).to_be_visible()
