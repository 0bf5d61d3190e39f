"""The shop itself: its facts, when it is open, and the accounts that customers pay to."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.carriage import COSTS
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import t
from channels.login import allows
from crm_core import loyalty, payments, returns, shop
from crm_core.errors import Conflict, InvalidInput
from crm_core.payments import qris, reminders

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

PLAIN = {"name": 80, "address": 300, "phone": 40, "maps_url": 300}
"""Facts that sentences name, and how long each may be."""
NUMBERS = {"return_days": 365, "reminder_hours": reminders.MOST_HOURS}
_SPAN = re.compile(r"(\d{1,2})[.:](\d{2})\s*[-–]\s*(\d{1,2})[.:](\d{2})")


@blueprint.get("/shop", endpoint="shop")
@allows("pages")
def shop_page() -> str:
    """Facts, hours, closed days and accounts on one page."""
    return _page()


@blueprint.post("/shop/facts")
@allows("pages")
def save_facts() -> ResponseReturnValue:
    """Write the shop's facts, all of them or none."""
    filled = Filled(request.form)
    facts = {key: filled.text(key, most=most) for key, most in PLAIN.items()}
    if not facts["name"]:
        filled.text("name", most=80, needed=True)
    if facts["maps_url"] and not facts["maps_url"].startswith("https://"):
        filled.wrong.setdefault("maps_url", t("shop.maps_wrong"))
    for key, most in NUMBERS.items():
        said = filled.whole(key, needed=True)
        if said is not None and said > most:
            filled.wrong.setdefault(key, t("shop.at_most", most=most))
        facts[key] = str(said)
    for key, most in COSTS.items():
        cost = filled.whole(key)
        if cost is not None and cost > most:
            filled.wrong.setdefault(key, t("shop.at_most", most=most))
        facts[key] = "" if cost is None else str(cost)
    facts["quiet_hours"] = filled.text("quiet_hours", most=20, needed=True)
    facts["qris"] = filled.text("qris", most=600)
    _refused_by(filled, "quiet_hours", lambda: shop.QuietHours.read(facts["quiet_hours"]))
    if facts["qris"]:
        _refused_by(filled, "qris", lambda: qris.check(facts["qris"]))
    if filled.wrong:
        return _page(facts=filled), 422
    with work() as session:
        shop.change_facts(session, facts, actor=actor())
    return done(t("console.saved"), "console.shop")


@blueprint.post("/shop/points")
@allows("pages")
def save_points() -> ResponseReturnValue:
    """Write what points are, all of it or nothing."""
    filled = Filled(request.form)
    said = {key: filled.whole(key, needed=True) for key in loyalty.facts_of(loyalty.terms_of({}))}
    terms = loyalty.terms_of({key: str(number) for key, number in said.items()})
    for key in loyalty.faults(terms):
        if said[key] is not None:
            filled.refused(key, InvalidInput("points_terms_invalid", field=key))
    if filled.wrong:
        return _page(points=filled), 422
    with work() as session:
        loyalty.set_terms(session, terms, actor=actor())
    return done(t("console.saved"), "console.shop", _anchor="points")


def _refused_by(filled: Filled, field: str, check: Callable[[], object]) -> None:
    try:
        check()
    except InvalidInput as error:
        filled.refused(field, error)


@blueprint.post("/shop/hours")
@allows("pages")
def save_hours() -> ResponseReturnValue:
    """Write the week's hours, all of them or none; an empty day is closed."""
    filled = Filled(request.form)
    week: dict[int, list[tuple[time, time]]] = {}
    for day in range(7):
        field = f"day{day}"
        try:
            week[day] = _spans(filled.typed.get(field, ""))
            last = time.min
            for opens, closes in sorted(week[day]):
                if opens >= closes or opens < last:
                    raise InvalidInput("hours_invalid", weekday=day)
                last = closes
        except InvalidInput as error:
            filled.refused(field, error)
    if filled.wrong:
        return _page(hours=filled), 422
    with work() as session:
        shop.set_hours(session, week)
    return done(t("console.saved"), "console.shop", _anchor="hours")


def _spans(text: str) -> list[tuple[time, time]]:
    """ "08.00-12.00, 13.00-16.00" read; InvalidInput ("hours_invalid")."""
    spans = []
    for said in filter(None, (part.strip() for part in text.split(","))):
        found = _SPAN.fullmatch(said)
        try:
            numbers = [int(one) for one in found.groups()] if found else []
            spans.append((time(numbers[0], numbers[1]), time(numbers[2], numbers[3])))
        except (IndexError, ValueError):
            raise InvalidInput("hours_invalid") from None
    return spans


@blueprint.post("/shop/holidays")
@allows("pages")
def add_holiday() -> ResponseReturnValue:
    """Keep the shop closed on a day."""
    filled = Filled(request.form)
    name = filled.text("holiday", most=80, needed=True)
    day = _day(filled)
    if day is None or filled.wrong:
        return _page(holiday=filled), 422
    with work() as session:
        shop.add_holiday(session, day, name)
    return done(t("console.saved"), "console.shop", _anchor="holidays")


def _day(filled: Filled) -> date | None:
    try:
        day = date.fromisoformat(filled.typed.get("day", ""))
    except ValueError:
        filled.refused("day", InvalidInput("day_invalid"))
        return None
    if not 2000 <= day.year <= 2100:
        filled.refused("day", InvalidInput("day_invalid"))
    return day


@blueprint.post("/shop/holidays/<day>/remove")
@allows("pages")
def remove_holiday(day: str) -> ResponseReturnValue:
    """Open on that day as on any other."""
    with work() as session:
        shop.remove_holiday(session, payments.read_day(day))
    return done(t("console.saved"), "console.shop", _anchor="holidays")


@blueprint.post("/shop/accounts")
@allows("bank")
def save_account() -> ResponseReturnValue:
    """Take up an account, or replace the one that is named."""
    filled = Filled(request.form)
    account_id = filled.whole("account_id")
    said = [filled.text(name, most=60, needed=True) for name in ("bank", "number", "holder")]
    if not filled.wrong:
        try:
            with work() as session:
                if account_id is None:
                    payments.add_account(session, *said, actor=actor())
                else:
                    payments.change_account(session, account_id, *said, actor=actor())
            return done(t("console.saved"), "console.shop", _anchor="accounts")
        except (InvalidInput, Conflict) as error:
            filled.refused(str(error.facts.get("field", "number")), error)
    return _page(account=filled), 422


@blueprint.post("/shop/accounts/<int:account_id>/retire")
@allows("bank")
def retire_account(account_id: int) -> ResponseReturnValue:
    """Ask no new order to pay there."""
    with work() as session:
        payments.retire_account(session, account_id, actor=actor())
    return done(t("shop.account_retired"), "console.shop", _anchor="accounts")


def _page(**forms: Filled) -> str:
    with work() as session:
        known, week = shop.facts(session), shop.hours(session)
        terms = loyalty.terms(session)
        quiet = shop.QuietHours()
        start = {
            "return_days": str(returns.return_days(session)),
            "reminder_hours": str(reminders.HOURS_BEFORE),
            "quiet_hours": f"{quiet.begins:%H.%M}-{quiet.ends:%H.%M}",
        }
        shown = {
            "facts": Filled(start | known),
            "points": Filled(loyalty.facts_of(terms)),
            "hours": Filled({f"day{day}": _said(week.get(day, [])) for day in range(7)}),
            "holiday": Filled({}),
            "account": Filled(_account(request.args.get("account", type=int))),
        } | forms
        return render_template(
            "console/shop.html",
            forms=shown,
            terms=terms,
            holidays=shop.holidays(session),
            accounts=payments.accounts(session),
        )


def _said(spans: list[tuple[time, time]]) -> str:
    return ", ".join(f"{opens:%H.%M}-{closes:%H.%M}" for opens, closes in spans)


def _account(account_id: int | None) -> dict[str, str]:
    """The account that is to be changed, as its form shows it."""
    with work() as session:
        one = next((row for row in payments.accounts(session) if row.id == account_id), None)
        if one is None:
            return {}
        named = {"bank": one.bank, "number": one.number, "holder": one.holder}
        return named | {"account_id": str(one.id)}
