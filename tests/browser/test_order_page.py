"""The order's own page in a browser, on a cheap phone: copying, paying, changing, its weight."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from crm_core import links, orders, payments, shop
from tests import factories, selling
from tests.browser.conftest import PATIENCE_MS, PHONE, Site, Window
from tests.rules.test_qris import PRINTED

expect.set_options(timeout=PATIENCE_MS)
Windows = Callable[..., Window]
MOST_BYTES = 60_000


@pytest.fixture
def path(site: Site) -> str:
    """The link to an order that waits for its money."""
    with site.here.unit_of_work() as session:
        selling.part(session, name="Kampas Rem Depan (Pad Set, Front Brake) — Beat eSP, Scoopy")
        selling.part(session, selling.FILTER, price=38_500, name="Filter Oli", pieces=3)
        selling.account(session)
        shop.save_fact(session, "name", "Sapa Motor Khatulistiwa")
        shop.save_fact(session, "whatsapp", "+6281255500101")
        shop.save_fact(session, "qris", PRINTED)
        talk = factories.conversation(session)
        lines = [(selling.PADS, 2), (selling.FILTER, 1)]
        order, _ = selling.placed(session, talk.customer, lines, conversation_id=talk.id)
        key = site.here.settings.secret_key
        assert key is not None
        return f"/o/{links.order_token(key.get_secret_value(), order.id)}"


def due(site: Site) -> int:
    with site.here.unit_of_work() as session:
        [row] = payments.listing(session).items
        return int(row.amount_due_idr)


def test_on_a_phone_the_amount_is_copied_the_proof_sent_and_the_page_says_so(
    site: Site, window: Windows, path: str
) -> None:
    phone = window(size=PHONE)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = phone.open(path)
    assert phone.too_wide() <= 0
    page.locator("#pay .copy").first.click()
    expect(page.locator("#pay .copy").first).to_have_text("Tersalin")
    assert page.evaluate("navigator.clipboard.readText()") == str(due(site))
    page.get_by_text("Ubah jumlah").click()
    page.locator("#change input[type=number]").first.fill("1")
    page.get_by_role("button", name="Simpan perubahan").click()
    expect(page.get_by_role("status")).to_contain_text("Pesanan sudah diubah")
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(picture, "PNG")
    page.set_input_files(
        "#photo", {"name": "b.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="Kirim bukti").click()
    expect(page.locator("#status h2")).to_have_text("Pembayaran sedang dicek")
    assert phone.too_wide() <= 0
    assert phone.complaints == []


def test_the_code_on_the_screen_is_scanned_with_the_amount_in_it(
    site: Site, window: Windows, path: str
) -> None:
    page = window(size=PHONE).open(path)
    page.get_by_text("Atau bayar dengan QRIS").click()
    shot = page.locator(".qr").screenshot()
    with Image.open(io.BytesIO(shot)) as picture:
        [read] = zxingcpp.read_barcodes(picture.convert("L"))
    assert f"5406{due(site)}" in read.text


def test_without_scripts_everything_is_there_and_can_be_sent(
    site: Site, window: Windows, path: str
) -> None:
    browser = window().context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(site.url + path)
    expect(page.locator(".copy").first).to_be_hidden()
    page.locator("#change summary").last.click()
    page.get_by_role("button", name="Ya, batalkan").click()
    expect(page.locator("#status h2")).to_have_text("Pesanan dibatalkan")
    with site.here.unit_of_work() as session:
        assert orders.counts(session) == {"cancelled": 1}
    plain.close()


def test_the_first_visit_weighs_less_than_60_kb(site: Site, window: Windows, path: str) -> None:
    phone = window(size=PHONE)
    loaded: dict[str, int] = {}

    def weigh(answer: object) -> None:
        body = answer.body()  # type: ignore[attr-defined]
        name = answer.url.removeprefix(site.url).split("?")[0]  # type: ignore[attr-defined]
        loaded[name] = len(body) if name.endswith("woff2") else len(gzip.compress(body, 6))

    phone.page.on("response", weigh)
    phone.open(path)
    phone.page.wait_for_load_state("networkidle")
    assert len(loaded) >= 3
    assert sum(loaded.values()) < MOST_BYTES, loaded
