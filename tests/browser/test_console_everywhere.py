"""Every page of the console, on a desk and on a phone, by day and by night: readable, with keys.

What axe-core finds is refused, so is a page wider than its window, a control that Tab does not
reach, and one that does not show that it has the focus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from crm_core.staff import Staff
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE, Site, Window
from tests.channels.desk import member
from tests.channels.test_console_access import console_rules
from tests.house import House, furnished
from tests.selling import PADS

expect.set_options(timeout=PATIENCE_MS)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PARTS = {"thread", "older", "menu_counts", "learning_state", "picture_holder"}
"""Pieces of other pages, seen in them."""
FILES = {"bank_day_csv", "rates_csv", "list_csv", "invoice_pdf", "picture", "events"}
ORDERS = ("awaiting", "paid", "packed", "cod", "delivered")
ELSEWHERE = {"home_with_slash", "login"}
"""The first page once more, and the way in, which who is in does not see."""
FAULTS = """(only) => axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then(
  (found) => found.violations.map(
    (one) => one.id + " " + one.nodes.map((node) => node.target).join(" ")))"""
OTHER_SCHEME = """() => {
  const root = document.documentElement;
  const now = root.dataset.bsTheme;
  if (now) { root.dataset.bsTheme = now === "dark" ? "light" : "dark"; }
  return Boolean(now);
}"""
WATCH_FOCUS = """() => {
  const shows = (one) => {
    const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow].join();
  };
  document.activeElement.blur();
  const main = document.querySelector("main");
  const can = [...main.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((one) => !one.disabled && one.tabIndex >= 0 && one.type !== "hidden"
      && one.checkVisibility({visibilityProperty: true})
      && (one.type !== "radio" || one.checked || !document.querySelector(
        `input[type=radio][name="${one.name}"]:checked`)));
  const before = new Map(can.map((one) => [one, shows(one)]));
  const reached = new Set(), hidden = [], short = (one) => one.outerHTML.slice(0, 120);
  document.addEventListener("focusin", (event) => {
    const one = event.target;
    reached.add(one);
    if (before.has(one) && shows(one) === before.get(one)) { hidden.push(short(one)); }
  });
  window.__walk = () => ({
    inside: main.contains(document.activeElement), hidden,
    missed: can.filter((one) => one.isConnected && !reached.has(one)).map(short),
  });
  const skip = document.querySelector("a[href='#main']");
  if (skip) { skip.focus(); } else { main.tabIndex = -1; main.focus(); }
  return can.length;
}"""
MOST_EXTRA = 30
"""Presses beyond one for each control: areas that can be scrolled, and parts of a date."""


def addresses(site: Site, house: House) -> Iterator[str]:
    """Of every page that the console has, of some in more than one state."""
    many = {
        "order": [{"code": house.orders[name]} for name in ORDERS],
        "payment": [{"code": house.orders[name]} for name in ("awaiting", "paid")],
        "one_return": [{"code": code} for code in house.returns.values()],
        "new_return": [{"code": house.orders["delivered"]}],
        "print_order": [{"code": house.orders["paid"]}],
        "complaint": [{"code": house.complaint}],
        "part": [{"code": PADS}],
        "part_prices": [{"code": PADS}],
        "customer": [{"public_id": house.customer}],
        "conversation": [{"public_id": house.talk}],
        "flag": [{"public_id": house.talk, "message_id": str(house.message)}],
        "webhook": [{"public_id": house.webhook}],
        "list": [{"name": "orders"}],
        "page": [{"slug": "how_to_buy", "language": "id"}],
    }
    one = {
        "file_id": house.statement, "mutation_id": house.booking, "difference_id": house.refund,
        "comment_id": house.comment, "batch_id": house.batch, "bargain_id": house.bargain,
        "promotion_id": house.promotion, "rate_id": house.rate,
    }  # fmt: skip
    for view, rule in console_rules(site.app):
        if "GET" not in (rule.methods or ()) or view in PARTS | FILES | ELSEWHERE:
            continue
        for values in many.get(view, [{}]):
            known = {name: str(value) for name, value in one.items()} | values
            yield re.sub(r"<(?:int:)?(\w+)>", lambda found: known[found[1]], rule.rule)  # noqa: B023


@pytest.fixture
def rina(site: Site) -> Staff:
    return member(site.here, "admin", "Rina")


@pytest.fixture
def house(site: Site, rina: Staff) -> House:
    with site.here.unit_of_work() as session:
        return furnished(session, session.merge(rina), site.here.settings)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_every_page_is_readable_and_as_wide_as_its_window_and_kept_by_keys(
    site: Site,
    house: House,
    rina: Staff,
    window: Callable[..., Window],
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    one = window(rina, size)
    one.page.emulate_media(color_scheme=scheme)
    lost: list[tuple[str, Any]] = []
    for address in addresses(site, house):
        one.open(address)
        if one.too_wide() > 0:
            lost.append((address, "too wide"))
        lost += [(address, fault) for fault in faults(one)]
        walk = walked(one) if size == DESKTOP else {}
        if any(walk.values()):
            lost.append((address, walk))
    assert lost == []


def test_the_way_in_is_readable(site: Site, window: Callable[..., Window]) -> None:
    one = window()
    one.open("/console/login")
    assert faults(one) == []


def faults(one: Window) -> list[str]:
    """What axe-core finds by the colours of one scheme, and which colours by those of the other."""
    one.page.evaluate(AXE)
    found: list[str] = one.page.evaluate(FAULTS, list(TAGS))
    if one.page.evaluate(OTHER_SCHEME):
        found += one.page.evaluate(FAULTS, ["color-contrast"])
        one.page.evaluate(OTHER_SCHEME)
    return found


def walked(one: Window) -> dict[str, Any]:
    """Tab through the page behind its link past the menu; what was not reached or not shown.

    ``inside`` is whether the focus never came out again.
    """
    count = one.page.evaluate(WATCH_FOCUS)
    one.page.keyboard.press("Enter")
    for _ in range(count):
        one.page.keyboard.press("Tab")
    walk: dict[str, Any] = one.page.evaluate("window.__walk()")
    for _ in range(MOST_EXTRA):
        if not walk["inside"]:
            break
        one.page.keyboard.press("Tab")
        walk = one.page.evaluate("window.__walk()")
    return walk
