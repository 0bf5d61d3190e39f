"""The demo shop's files hold together: codes, bikes, money, pages and districts."""

from __future__ import annotations

import csv
import re
from datetime import date, time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
BIKES = ROOT / "crm_core" / "catalogue" / "reference" / "bikes.csv"

Row = dict[str, str]
PAGES = ("company_profile", "how_to_buy", "how_to_pay", "shipping", "warranty", "privacy")
PONTIANAK = {
    "Pontianak Barat",
    "Pontianak Kota",
    "Pontianak Selatan",
    "Pontianak Tenggara",
    "Pontianak Timur",
    "Pontianak Utara",
}
UNITS = {"pcs", "set", "psg", "btl"}
CONSUMABLES = {"HPC480ML"}


def rows(path: Path) -> list[Row]:
    """Every line of a UTF-8 CSV file; a line with too few or too many cells fails the test."""
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in found), path.name
    return found


@pytest.fixture(scope="module")
def parts() -> list[Row]:
    return rows(DEMO / "parts.csv")


@pytest.fixture(scope="module")
def codes(parts: list[Row]) -> set[str]:
    return {part["part_code"] for part in parts}


@pytest.fixture(scope="module")
def bikes() -> dict[tuple[str, str], Row]:
    return {(row["model"], row["generation"]): row for row in rows(BIKES)}


@pytest.fixture(scope="module")
def fitments() -> list[Row]:
    return rows(DEMO / "fitments.csv")


@pytest.fixture(scope="module")
def substitutes() -> list[Row]:
    return rows(DEMO / "substitutes.csv")


def test_there_are_at_least_450_parts_and_each_code_is_there_once(parts: list[Row]) -> None:
    listed = [part["part_code"] for part in parts]
    assert len(listed) >= 450
    assert len(listed) == len(set(listed))


def test_part_codes_are_upper_case_without_dashes(codes: set[str]) -> None:
    assert [code for code in codes if not re.fullmatch(r"[0-9A-Z]{8,16}", code)] == []


def test_names_are_unique_so_a_customer_can_tell_two_parts_apart(parts: list[Row]) -> None:
    names = [part["name"] for part in parts]
    assert len(names) == len(set(names))


def test_prices_are_whole_rupiah_ending_in_000_or_500(parts: list[Row]) -> None:
    wrong = [p["part_code"] for p in parts if not re.fullmatch(r"[1-9]\d*[05]00", p["price_idr"])]
    assert wrong == []


def test_stock_weight_and_unit_are_plausible(parts: list[Row]) -> None:
    wrong = [
        part["part_code"]
        for part in parts
        if not (
            0 <= int(part["stock"]) <= 60
            and 1 <= int(part["weight_g"]) <= 30_000
            and part["unit"] in UNITS
            and part["original"] in {"0", "1"}
        )
    ]
    assert wrong == []


def test_some_parts_are_sold_out_and_some_are_down_to_the_last_one(parts: list[Row]) -> None:
    stocks = [int(part["stock"]) for part in parts]
    assert 0.03 <= stocks.count(0) / len(stocks) <= 0.10
    assert stocks.count(1) >= 3


def test_every_part_is_described_in_one_or_two_sentences(parts: list[Row]) -> None:
    wrong = [
        part["part_code"]
        for part in parts
        if not 30 <= len(part["description"]) <= 200 or not part["description"].endswith(".")
    ]
    assert wrong == []


def test_every_part_lies_in_a_listed_category_and_no_category_is_empty(parts: list[Row]) -> None:
    categories = rows(DEMO / "categories.csv")
    assert {part["category"] for part in parts} == {row["slug"] for row in categories}
    assert [int(row["position"]) for row in categories] == list(range(1, len(categories) + 1))


def test_each_bike_is_listed_once_with_a_sensible_span_of_years() -> None:
    listed = rows(BIKES)
    assert len({(row["model"], row["generation"]) for row in listed}) == len(listed)
    for row in listed:
        assert 1970 <= int(row["year_from"]) <= int(row["year_to"] or 2026) <= 2026, row["model"]
        assert 0 <= int(row["engine_cc"]) <= 2000, row["model"]


def test_bike_codes_and_aliases_are_tidy_lists() -> None:
    for row in rows(BIKES):
        codes = row["codes"].split(";") if row["codes"] else []
        aliases = row["aliases"].split(";")
        assert all(re.fullmatch(r"[0-9A-Z]{3,5}", code) for code in codes), row
        assert all(alias and alias == alias.strip().lower() for alias in aliases), row
        assert len(aliases) == len(set(aliases)), row


def test_every_fitment_names_a_demo_part_and_a_listed_bike(
    fitments: list[Row], codes: set[str], bikes: dict[tuple[str, str], Row]
) -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in fitments:
        assert row["part_code"] in codes
        assert (row["model"], row["generation"]) in bikes
        seen.add((row["part_code"], row["model"], row["generation"]))
    assert len(seen) == len(fitments)


def test_fitment_years_stay_inside_the_years_the_bike_was_sold(
    fitments: list[Row], bikes: dict[tuple[str, str], Row]
) -> None:
    for row in fitments:
        bike = bikes[row["model"], row["generation"]]
        sold_to = int(bike["year_to"] or 2026)
        assert int(bike["year_from"]) <= int(row["year_from"]) <= int(row["year_to"] or sold_to)
        assert int(row["year_to"] or sold_to) <= sold_to


def test_only_consumables_have_no_bike(fitments: list[Row], codes: set[str]) -> None:
    assert codes - {row["part_code"] for row in fitments} == CONSUMABLES


def test_a_substitute_is_another_part_for_the_same_bike(
    substitutes: list[Row], fitments: list[Row]
) -> None:
    fits: dict[str, set[tuple[str, str]]] = {}
    for row in fitments:
        fits.setdefault(row["part_code"], set()).add((row["model"], row["generation"]))
    assert len(substitutes) >= 20
    for row in substitutes:
        assert row["kind"] in {"supersedes", "alternative"}
        assert row["part_code"] != row["substitute_code"]
        assert fits[row["part_code"]] & fits[row["substitute_code"]], row


def test_supersession_never_runs_in_a_circle(substitutes: list[Row]) -> None:
    newer: dict[str, set[str]] = {}
    for row in substitutes:
        if row["kind"] == "supersedes":
            newer.setdefault(row["part_code"], set()).add(row["substitute_code"])
    for start, direct in newer.items():
        reached, waiting = set[str](), set(direct)
        while waiting:
            code = waiting.pop()
            reached.add(code)
            waiting |= newer.get(code, set()) - reached
        assert start not in reached


@pytest.mark.parametrize("slug", PAGES)
def test_each_page_exists_in_both_languages_and_starts_with_a_title(slug: str) -> None:
    for language in ("id", "en"):
        lines = (DEMO / "pages" / f"{slug}.{language}.md").read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"# \S.*", lines[0])
        assert len(lines) > 5


def test_the_payment_pages_show_exactly_the_two_bank_accounts() -> None:
    accounts = rows(DEMO / "bank_accounts.csv")
    assert len(accounts) == 2
    for language in ("id", "en"):
        text = (DEMO / "pages" / f"how_to_pay.{language}.md").read_text(encoding="utf-8")
        shown = re.findall(r"^\| (\w+) \| (\d+) \|$", text, flags=re.MULTILINE)
        assert shown == [(account["bank"], account["number"]) for account in accounts]
        assert all(account["holder"] in text for account in accounts)


def test_the_profile_pages_give_the_hours_of_the_office_hours_file() -> None:
    hours = {
        row["weekday"]: (row["opens"], row["closes"]) for row in rows(DEMO / "office_hours.csv")
    }
    assert sorted(hours) == ["0", "1", "2", "3", "4", "5"]
    assert len({hours[day] for day in "01234"}) == 1
    for opens, closes in hours.values():
        assert time.fromisoformat(opens) < time.fromisoformat(closes)
    text = (DEMO / "pages" / "company_profile.en.md").read_text(encoding="utf-8")
    assert f"Monday–Friday {'–'.join(hours['0'])}, Saturday {'–'.join(hours['5'])}" in text
    text = (DEMO / "pages" / "company_profile.id.md").read_text(encoding="utf-8")
    week, saturday = ("–".join(hours[day]).replace(":", ".") for day in "05")
    assert f"Senin–Jumat {week} WIB, Sabtu {saturday} WIB" in text


def test_holidays_are_different_days_of_2026_and_2027() -> None:
    days = [date.fromisoformat(row["date"]) for row in rows(DEMO / "holidays.csv")]
    assert days == sorted(set(days))
    assert {day.year for day in days} == {2026, 2027}


def test_the_driver_serves_exactly_the_six_districts_of_pontianak() -> None:
    rates = rows(DEMO / "shipping_rates.csv")
    assert {row["district"] for row in rates if row["method"] == "driver"} == PONTIANAK
    assert {row["district"] for row in rates if row["regency"] == "Kota Pontianak"} == PONTIANAK
    assert {row["method"] for row in rates} == {"driver", "courier"}


def test_every_shipping_rate_is_unique_positive_and_dearer_than_pontianak() -> None:
    rates = rows(DEMO / "shipping_rates.csv")
    assert len({(row["district"], row["regency"], row["province"]) for row in rates}) == len(rates)
    nearest = max(int(row["first_kg_idr"]) for row in rates if row["method"] == "driver")
    for row in rates:
        assert 0 < int(row["next_kg_idr"]) <= int(row["first_kg_idr"])
        assert 0 <= int(row["days_min"]) <= int(row["days_max"])
        assert row["method"] == "driver" or int(row["first_kg_idr"]) > nearest


def test_all_fourteen_regencies_of_west_kalimantan_are_served() -> None:
    rates = rows(DEMO / "shipping_rates.csv")
    assert len({row["regency"] for row in rates if row["province"] == "Kalimantan Barat"}) == 14


def test_staff_have_known_roles_and_the_file_holds_no_password() -> None:
    staff = rows(DEMO / "staff.csv")
    assert set(staff[0]) == {"email", "name", "role"}
    assert {row["role"] for row in staff} == {"agent", "manager", "admin"}
    assert len({row["email"] for row in staff}) == len(staff)


def test_demo_customers_own_listed_bikes_and_live_in_served_districts(
    bikes: dict[tuple[str, str], Row],
) -> None:
    served = {(row["district"], row["regency"]) for row in rows(DEMO / "shipping_rates.csv")}
    customers = rows(DEMO / "customers.csv")
    assert len({row["phone"] for row in customers}) == len(customers) == 6
    for row in customers:
        bike = bikes[row["bike_model"], row["bike_generation"]]
        sold_to = int(bike["year_to"] or 2026)
        assert int(bike["year_from"]) <= int(row["bike_year"]) <= sold_to
        assert (row["district"], row["regency"]) in served
        assert re.fullmatch(r"\+628\d{9,10}", row["phone"])
        assert row["language"] in {"id", "en"}
        assert row["kind"] in {"individual", "workshop"}


def test_the_shop_introduces_itself() -> None:
    facts = {row["key"]: row["value"] for row in rows(DEMO / "shop.csv")}
    needed = {"name", "address", "city", "phone", "whatsapp", "email", "tagline_id", "tagline_en"}
    assert needed <= facts.keys()
    assert all(facts.values())
