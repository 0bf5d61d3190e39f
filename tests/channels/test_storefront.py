"""The shop's public pages: live, in two languages, and without a trace of who looked."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import time_machine
from flask.testing import FlaskClient

from channels.context import Context
from crm_core import catalogue, shop
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
