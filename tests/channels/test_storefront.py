"""The shop's public pages: live, in two languages, and without a trace of who looked."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, time, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from flask.testing import FlaskClient

from channels.context import Context
from crm_core import catalogue, clock, customers, pricing, shop
from crm_core.money import Rupiah
from crm_core.timeline import Actor
from tests import selling
from tests.channels.desk import SITE, words

SYSTEM = Actor.system("test")


@pytest.fixture
def stocked(asleep: Context) -> Context:
    with asleep.unit_of_work() as session:
        catalogue.save_category(
            session, slug="rem", name_id="Rem", name_en="Brakes", position=1, actor=SYSTEM
        )
        catalogue.upsert_parts(
            session,
            [
                {
                    "part_code": selling.PADS, "name": "Kampas Rem Depan — Beat eSP",
                    "category": "rem", "price_idr": "58000", "stock": "4", "weight_g": "190",
                },
                {
                    "part_code": selling.ON_REQUEST, "name": "Cakram Depan — CBR 250RR",
                    "category": "rem", "price_idr": "", "stock": "2", "weight_g": "900",
                },
            ],
            actor=SYSTEM,
        )  # fmt: skip
        shop.save_fact(session, "name", "Toko Coba")
        for language, title in (("id", "Cara Membeli"), ("en", "How to buy")):
            shop.save_page(
                session, slug="how_to_buy", language=language, title=title,
                body="- satu\n- **dua** <b>tiga</b>", actor=SYSTEM,
            )  # fmt: skip
    return asleep


def shown(web: FlaskClient, path: str) -> str:
    answer = web.get(path, base_url=SITE)
    assert answer.status_code == 200, path
    return words(answer)


def test_the_search_reads_a_whole_sentence_and_shows_price_and_stock_of_now(
    stocked: Context, web: FlaskClient
) -> None:
    assert "Rp 58.000" in shown(web, "/search?q=kak+ada+kampas+rem+depan+beat")
    with stocked.unit_of_work() as session:
        catalogue.change_part(session, selling.PADS, SYSTEM, price_idr=Rupiah(61_000))
    page = shown(web, "/search?q=kak+ada+kampas+rem+depan+beat")
    assert "Rp 61.000" in page
    assert "Tinggal 4" in page


def test_a_search_for_nothing_we_have_says_what_to_do(stocked: Context, web: FlaskClient) -> None:
    assert "tanya di chat" in shown(web, "/search?q=xyzzy")


def test_every_page_speaks_both_languages(stocked: Context, web: FlaskClient) -> None:
    paths = (
        "/",
        "/search?q=kampas",
        "/c/rem",
        f"/p/{selling.PADS}",
        "/info/how_to_buy",
        "/contact",
    )
    for path in paths:
        assert 'lang="id"' in web.get(path, base_url=SITE).get_data(as_text=True)
    web.get("/?lang=en", base_url=SITE)
    for path in paths:
        assert 'lang="en"' in web.get(path, base_url=SITE).get_data(as_text=True)
    assert "How to buy" in shown(web, "/info/how_to_buy")
    assert "Brakes" in shown(web, "/")


def test_every_page_carries_the_chat_and_leaves_no_cookie(
    stocked: Context, web: FlaskClient
) -> None:
    for path in ("/", "/search?q=kampas", "/c/rem", f"/p/{selling.PADS}", "/contact"):
        answer = web.get(path, base_url=SITE)
        assert '<script src="/webchat/widget.js" defer' in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers


def test_a_part_without_a_price_is_asked_for(stocked: Context, web: FlaskClient) -> None:
    assert "Tanya harga" in shown(web, f"/p/{selling.ON_REQUEST}")


def test_a_part_shows_what_it_fits(stocked: Context, web: FlaskClient) -> None:
    assert "Beat eSP" in shown(web, f"/p/{selling.PADS}")


@pytest.mark.parametrize("path", ["/p/NONE000", "/c/none", "/info/none"])
def test_what_is_not_there_is_a_page_not_a_crash(
    stocked: Context, web: FlaskClient, path: str
) -> None:
    assert web.get(path, base_url=SITE).status_code == 404


def test_a_part_no_longer_sold_is_gone(stocked: Context, web: FlaskClient) -> None:
    with stocked.unit_of_work() as session:
        catalogue.change_part(session, selling.PADS, SYSTEM, active=False)
    assert web.get(f"/p/{selling.PADS}", base_url=SITE).status_code == 404
    assert "Kampas" not in shown(web, "/c/rem")


def test_html_in_a_page_of_the_shop_is_text(stocked: Context, web: FlaskClient) -> None:
    html = web.get("/info/how_to_buy", base_url=SITE).get_data(as_text=True)
    assert "<strong>dua</strong>" in html
    assert "&lt;b&gt;tiga" in html


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), "Sekarang buka"),
        (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), "Sekarang tutup, buka lagi Sen 08:00"),
    ],
)
def test_the_page_says_whether_somebody_is_there(
    stocked: Context, web: FlaskClient, moment: datetime, said: str
) -> None:
    with stocked.unit_of_work() as session:
        shop.set_hours(session, {day: [(time(8), time(17))] for day in range(5)})
    with time_machine.travel(moment, tick=False):
        assert said in shown(web, "/contact")


def test_a_shelf_is_sorted_and_paged_and_counts_its_parts(
    stocked: Context, web: FlaskClient
) -> None:
    with stocked.unit_of_work() as session:
        rows = [
            {"part_code": f"99999AAA{number:03d}", "name": f"Baut {number:03d}", "category": "rem",
             "price_idr": str(1_000 + number), "stock": "5", "weight_g": "10"}
            for number in range(30)
        ]  # fmt: skip
        catalogue.upsert_parts(session, rows, actor=SYSTEM)
    first = shown(web, "/parts?sort=cheap")
    assert "32 barang · halaman 1 dari 2" in first
    assert first.index("Baut 000") < first.index("Baut 001")
    last = shown(web, "/c/rem?sort=cheap&page=2")
    assert "Kampas Rem Depan" in last
    assert "halaman 2 dari 2" in last
    assert last.index("Rp 58.000") < last.index("Tanya harga")
    for odd in ("page=999", "page=-1", "page=abc", "sort=;drop", "bike=x"):
        assert "32 barang" in shown(web, f"/parts?{odd}")


def test_a_chosen_bike_shows_only_what_is_proven_to_fit_or_may(
    stocked: Context, web: FlaskClient
) -> None:
    with stocked.unit_of_work() as session:
        catalogue.upsert_parts(
            session,
            [{"part_code": selling.FILTER, "name": "Saringan Oli", "price_idr": "20000",
              "stock": "1", "weight_g": "90"}],
            actor=SYSTEM,
        )  # fmt: skip
        stated = [{"part_code": selling.PADS, "model": "Beat", "generation": "FI"}]
        catalogue.load_fitments(session, stated)
    choose(web, model="Beat", year="2013")
    page = shown(web, "/parts")
    assert "1 barang untuk Beat" in page
    assert "✓ Cocok" in page
    assert "Saringan Oli" not in page
    assert "Saringan Oli" in shown(web, "/parts?bike=all")
    assert "✓ Cocok untuk Beat FI 2013" in shown(web, f"/p/{selling.PADS}")
    choose(web, model="Beat", year="2009")
    assert "Tidak untuk Beat Karbu 2009" in shown(web, f"/p/{selling.PADS}")
    choose(web, model="Beat", year="")
    assert "Belum pasti cocok" in shown(web, f"/p/{selling.PADS}")
    choose(web, model="")
    assert "Pilih motormu" in shown(web, "/parts")


def choose(web: FlaskClient, **form: str) -> None:
    answer = web.post("/bike", base_url=SITE, data=form, headers={"Origin": SITE})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"model": "Yamaha Mio", "year": ""}, "tidak ada di daftar"),
        ({"model": "Beat", "year": "1999"}, "tidak dibuat tahun itu, hanya 2008"),
        ({"model": "Beat", "year": "baru"}, "Tahunnya empat angka"),
    ],
)
def test_a_bike_that_never_was_is_refused_in_words(
    stocked: Context, web: FlaskClient, form: dict[str, str], said: str
) -> None:
    choose(web, **form)
    page = shown(web, "/parts")
    assert said in page
    assert "Pilih motormu" in page


def test_machines_read_the_part_and_nothing_in_it_ends_the_script(
    stocked: Context, web: FlaskClient
) -> None:
    wicked = "</script><script>alert(1)</script> & 'x' <!-- <script>"
    with stocked.unit_of_work() as session:
        catalogue.change_part(session, selling.PADS, SYSTEM, description=wicked)
    page = web.get(f"/p/{selling.PADS}", base_url=SITE).get_data(as_text=True)
    start = '<script type="application/ld+json">'
    data = page.partition(start)[2].partition("</script>")[0]
    assert page.count(start) == 1
    assert "<" not in data
    told = json.loads(data)
    assert told["description"] == wicked
    assert (told["@type"], told["sku"]) == ("Product", selling.PADS)
    assert (told["offers"]["price"], told["offers"]["priceCurrency"]) == ("58000", "IDR")
    assert told["offers"]["availability"].endswith("/InStock")
    assert "<script>alert(1)" not in page


def test_a_part_without_a_price_offers_none_to_machines(stocked: Context, web: FlaskClient) -> None:
    page = web.get(f"/p/{selling.ON_REQUEST}", base_url=SITE).get_data(as_text=True)
    data = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert "offers" not in json.loads(data)


def test_the_sitemap_names_every_public_page_and_no_other(
    stocked: Context, web: FlaskClient
) -> None:
    answer = web.get("/sitemap.xml", base_url=SITE)
    found = {
        place.text
        for place in ElementTree.fromstring(answer.get_data()).iter(  # noqa: S314 - our own
            "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
        )
    }
    paths = {"/", "/parts", "/contact", "/c/rem", "/info/how_to_buy",
             f"/p/{selling.PADS}", f"/p/{selling.ON_REQUEST}"}  # fmt: skip
    assert found == {SITE + path for path in paths}
    assert answer.mimetype == "application/xml"


def test_a_running_offer_stands_on_the_first_page(stocked: Context, web: FlaskClient) -> None:
    assert "Pakai kode" not in shown(web, "/")
    now = clock.now()
    offer = pricing.NewPromotion(
        "Pekan Rem <b>", "percent", 10, now - timedelta(days=1), now + timedelta(days=3),
        code="REM10",
    )  # fmt: skip
    with stocked.unit_of_work() as session:
        pricing.save_promotion(session, offer, actor=SYSTEM)
    page = shown(web, "/")
    assert "Pekan Rem <b> Pakai kode REM10" in page


def test_a_workshop_sees_its_own_price(stocked: Context, web: FlaskClient) -> None:
    facts = web.post("/webchat/session", base_url=SITE, json={}).json
    assert facts is not None
    with stocked.unit_of_work() as session:
        pricing.set_tiers(session, selling.PADS, [("workshop", 1, 51_000)], actor=SYSTEM)
        workshop = customers.for_address(session, "web", f"web:{facts['visitor']}")
        customers.set_price_class(session, workshop, "workshop", actor=SYSTEM)
    assert "Rp 51.000" in shown(web, f"/p/{selling.PADS}")
    assert "Rp 51.000" in shown(web, "/c/rem")
    web.delete_cookie("__Host-sapa-shop", domain="sapa.test")
    assert "Rp 51.000" not in shown(web, "/c/rem")


def test_robots_are_kept_out_of_the_console(stocked: Context, web: FlaskClient) -> None:
    assert "Disallow: /console" in web.get("/robots.txt", base_url=SITE).get_data(as_text=True)


def test_a_stamped_file_is_kept_and_an_unstamped_one_is_asked_for_again(
    stocked: Context, web: FlaskClient
) -> None:
    page = web.get("/", base_url=SITE).get_data(as_text=True)
    stamped = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in stamped
    answer = web.get(stamped, base_url=SITE)
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()
    plain = web.get(stamped.split("?")[0], base_url=SITE)
    assert plain.headers["Cache-Control"] == "no-cache"
    plain.close()


def test_text_is_compressed_for_whoever_can_read_it_and_only_where_nothing_is_secret(
    stocked: Context, web: FlaskClient
) -> None:
    gzipped = {"Accept-Encoding": "gzip"}
    plain = web.get("/", base_url=SITE)
    squeezed = web.get("/", base_url=SITE, headers=gzipped)
    assert "Content-Encoding" not in plain.headers
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    assert gzip.decompress(squeezed.get_data()).startswith(b"<!doctype html>")
    sheet = web.get("/static/storefront/shop.css", base_url=SITE, headers=gzipped)
    assert gzip.decompress(sheet.get_data()).startswith(b"/* The shop")
    again = web.get(
        "/static/storefront/shop.css",
        base_url=SITE,
        headers={**gzipped, "If-None-Match": sheet.headers["ETag"]},
    )
    assert again.status_code == 304
    again.close()
    for path in ("/cart", "/me"):
        assert "Content-Encoding" not in web.get(path, base_url=SITE, headers=gzipped).headers
