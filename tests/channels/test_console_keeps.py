"""A form that is refused stands again as it was filled in: every form of the console."""

from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from channels.context import Context
from crm_core.staff import Staff
from tests.channels.desk import Desk, desk_of, member, words
from tests.channels.test_console_access import console_rules
from tests.house import House, furnished
from tests.selling import PADS

BUTTONS = {
    "claim", "close_batch", "complete_order", "confirm_refund", "deliver_order",
    "dismiss_misunderstood", "hand_over_batch", "hand_over_order", "hide_comment", "logout",
    "pack_batch", "pack_order", "pause_webhook", "publish_comment", "remove_holiday",
    "remove_rate", "remove_webhook", "renew_webhook_secret", "reopen_batch",
    "reopen_misunderstood", "reopen_mutation", "resend_webhook", "resume_webhook", "send_again",
    "retire_account", "retire_category", "reveal_phone", "show_webhook_secret",
    "take_difference", "take_out_of_batch", "train_labels", "try_webhook", "withdraw_refund",
    "withdraw_return", "end_promotion", "move_complaint", "export_customer", "typing",
}  # fmt: skip
"""Nothing is typed: one press is the whole form."""
ONE_CHOICE = {
    "change_staff", "complaint_urgency", "flag_message", "label_misunderstood", "language",
    "set_price_class",
}  # fmt: skip
"""One list to choose from, and what is refused in it is no entry of it."""
SECRET = {"login", "password", "reset_password"}
"""Passwords, which no page sends back (test_console_work); the name at the door is kept there."""
FILE_ONLY = {"import_parts", "import_rates", "face"}
"""A file and nothing else, which no browser takes back."""
NEVER_REFUSED = {"hand_back", "release"}
"""A note that is cut to its length; refused is only who has not got the conversation."""
ACCOUNT = {"bank": "BCA", "number": "12345", "holder": "Budi <b>"}


def refused(house: House) -> dict[str, tuple[str, dict[str, Any]]]:
    """View → its address, and what was typed: one value that is refused among good ones."""
    order = {name: f"/console/orders/{code}" for name, code in house.orders.items()}
    back = {name: f"/console/returns/{code}" for name, code in house.returns.items()}
    paid = f"/console/payments/{house.orders['awaiting']}"
    part, customer = f"/console/parts/{PADS}", f"/console/customers/{house.customer}"
    money = "/console/bank"
    receiver = {"url": "ftp://x", "note": "ERP", "type": ["order.paid", "stock.changed"]}
    offer = {"name_id": "Pekan <Rem>", "kind": "amount", "value": "-1", "min_items_idr": "50rb",
             "starts_at": "2026-08-01T08:00", "ends_at": "2026-08-31T23:59"}  # fmt: skip
    rate = {"province": "Kalbar", "regency": "Kota", "district": "Baru", "method": "courier",
            "first_kg_idr": "x", "next_kg_idr": "8000", "days_min": "1", "days_max": "3",
            "courier": "JNE"}  # fmt: skip
    return {
        "accept_payment": (f"{paid}/accept", {"amount": "nol", "reference": "FT 1"}),
        "add_holiday": ("/console/shop/holidays", {"day": "x", "holiday": "Libur"}),
        "add_news": (f"{order['cod']}/events", {"place": "Sintang", "text": "sampai"}),
        "add_part": ("/console/parts", {"part_code": "X1", "name": "", "price": "50rb",
                                        "unit": "pcs", "description": "dua\nbaris"}),
        "add_promotion": ("/console/promotions", offer),
        "add_staff": ("/console/staff", {"name": "Tono", "email": "x", "role": "manager",
                                         "password": "kereta-api-9"}),
        "add_webhook": ("/console/webhooks", receiver),
        "answer_comment": (f"/console/comments/{house.comment}/answer", {"text": "a" * 5000}),
        "approve_return": (f"{back['received']}/approve", {"note": "foto jelas"}),
        "assign_mutation": (f"{money}/mutations/{house.booking}/assign", {"order": "P-00000"}),
        "bring_numbers": ("/console/shipping/numbers", {"ship": "1"}),
        "cancel_order": (f"{order['delivered']}/cancel", {"reason": "salah <pesan>"}),
        "change_customer": (customer, {"name": "B" * 81, "kind": "workshop", "language": "en"}),
        "change_part": (part, {"name": "", "price": "60rb", "unit": "set", "description": "ya"}),
        "change_promotion": (f"/console/promotions/{house.promotion}", offer),
        "change_webhook": (f"/console/webhooks/{house.webhook}", receiver),
        "correct_customer": (f"{customer}/correct",
                             {"phone": "0813-1", "email": "x", "promo": "no"}),
        "erase_customer": (f"{customer}/erase", {"word": "lupa"}),
        "correct_points": (f"{customer}/points", {"points": "banyak", "reason": "hadiah"}),
        "correct_stock": (f"{part}/correct", {"quantity": "-5", "reason": "hitung"}),
        "credit_difference": (f"{money}/differences/{house.refund}/credit", {"reason": " "}),
        "decide_bargain": (f"/console/bargains/{house.bargain}", {"offered_idr": "nol"}),
        "import_bank_file": (f"{money}/files", {"account": "0291234567"}),
        "make_batch": ("/console/shipping/batches",
                       {"method": "driver", "courier": "", "day": "2030-01-07",
                        "order": [house.orders["paid"]]}),
        "not_ours": (f"{money}/mutations/{house.booking}/not-ours", {"reason": " "}),
        "note_complaint": (f"/console/complaints/{house.complaint}/notes", {"text": " "}),
        "open_return": (f"{order['delivered']}/returns",
                        {"kind": "exchange", "reason": "", f"pieces_{PADS}": "3"}),
        "receive_goods": ("/console/goods", {"supplier": "", "document": "SJ-9", "note": "hati",
                                             "lines": f"{PADS} 3"}),
        "receive_return": (f"{back['approved']}/receive", {f"restock_{PADS}": "1"}),
        "receive_stock": (f"{part}/receive", {"quantity": "0", "reason": "kiriman"}),
        "refund_difference": (f"{money}/differences/{house.refund}/refund",
                              ACCOUNT | {"number": "12A", "reason": "dobel"}),
        "refund_payment": (f"{paid}/refund", ACCOUNT | {"reason": "dobel"}),
        "refuse_return": (f"{back['asked']}/refuse", {"reason": ""}),
        "refused_at_door": (f"{order['cod']}/refused", {"reason": " ", "damaged": [PADS]}),
        "reject_payment": (f"{paid}/reject", {"reason": " "}),
        "rename_district": (f"/console/shipping/districts/{house.district}",
                            {"district": "", "regency": "Kota", "province": "Kalbar",
                             "also": "Siantan; Jeruju", "rate_id": str(house.rate)}),
        "reopen_return": (f"{back['settled']}/reopen", {"reason": ""}),
        "reply": (f"/console/conversations/{house.talk}/reply", {"text": " "}),
        "save_account": ("/console/shop/accounts", ACCOUNT | {"number": "12A"}),
        "save_category": ("/console/categories", {"slug": "Rem !", "name_id": "Rem",
                                                  "name_en": "Brakes", "position": "4"}),
        "save_facts": ("/console/shop/facts", {"name": "", "address": "Jl. <A>", "phone": "0561",
                                               "return_days": "7", "reminder_hours": "24",
                                               "quiet_hours": "21.00-08.00"}),
        "save_hours": ("/console/shop/hours", {"day0": "pagi", "day1": "08.00-16.00"}),
        "save_margin": ("/console/margins", {"max_percent": "x", "category": "rem",
                                             "price_class": "workshop"}),
        "save_page": ("/console/pages/how_to_buy/id", {"title": "", "body": "Isi <b>baru</b>"}),
        "save_points": ("/console/shop/points", {"points_per_idr": "x", "point_value_idr": "50",
                                                 "points_silver": "1", "points_gold": "2",
                                                 "points_least": "3", "points_most_percent": "4"}),
        "save_rate": ("/console/shipping/rates", rate),
        "set_cod": ("/console/shipping/cod", {"active": "1", "max_total_idr": "x",
                                              "min_completed": "4", "most_open": "5",
                                              "method": ["pickup", "courier"]}),
        "set_prices": (f"{part}/prices", {"price_class": ["workshop", "reseller"],
                                          "min_quantity": ["1", "nol"],
                                          "price_idr": ["45000", "44000"]}),
        "set_tracking": (f"{order['packed']}/tracking", {"tracking_number": "!!",
                                                         "courier": "JNE"}),
        "settle_return": (f"{back['received']}/settle",
                          {"outcome": "refund", "amount": "semua", "reason": "cocok",
                           "replacement": "X2", "replacement_pieces": "2"}),
        "ship_order": (f"{order['packed']}/ship", {"courier": "JNE", "tracking_number": "!!"}),
        "take_cash": (f"{order['cod']}/cash", {"amount": "59.000", "receipt": ""}),
    }  # fmt: skip


GONE = {"approve_return"}
"""Refused because the state is another one meanwhile: the page says so, the form is gone."""


class Forms(HTMLParser):
    """What a browser would send from each form of a page: action → field → values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: defaultdict[str, defaultdict[str, list[str]]]
        self.sent = defaultdict(lambda: defaultdict(list))
        self._action = self._area = self._list = ""
        self._first: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form, or a control in it."""
        has = {name: value or "" for name, value in attrs}
        here, name, kind = self.sent[self._action], has.get("name", ""), has.get("type", "text")
        if tag == "form":
            self._action = has.get("action", "")
        elif tag == "input" and name and (kind not in {"checkbox", "radio"} or "checked" in has):
            here[name].append(has.get("value", ""))
        elif tag == "textarea":
            self._area = name
            here[name].append("")
        elif tag == "select":
            self._list, self._first = name, None
        elif tag == "option" and self._list:
            if "selected" in has:
                here[self._list].append(has.get("value", ""))
            self._first = has.get("value", "") if self._first is None else self._first

    def handle_data(self, data: str) -> None:
        """The text in a text field."""
        if self._area:
            self.sent[self._action][self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """The end of a form or of a control."""
        if tag == "form":
            self._action = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            if not self.sent[self._action][self._list] and self._first is not None:
                self.sent[self._action][self._list].append(self._first)
            self._list = ""


@pytest.fixture
def house(asleep: Context) -> House:
    rina = member(asleep, "manager", "Rina")
    with asleep.unit_of_work() as session:
        return furnished(session, session.merge(rina), asleep.settings)


@pytest.fixture
def boss(asleep: Context, flask_app: Flask, house: House) -> Desk:
    """Rina, who has the conversation, as an admin."""
    with asleep.unit_of_work() as session:
        rina = session.get_one(Staff, house.staff)
        rina.role = "admin"
    return desk_of(flask_app, rina)


def test_what_was_typed_into_a_refused_form_stands_there_again(house: House, boss: Desk) -> None:
    lost = []
    for view, (address, typed) in refused(house).items():
        answer = boss.post(address, typed)
        assert answer.status_code == 422, (view, words(answer))
        shown = Forms(answer.get_data(as_text=True)).sent[address]
        for field, value in typed.items():
            wanted = value if isinstance(value, list) else ["" if field == "password" else value]
            if view not in GONE and shown[field][: len(wanted)] != wanted:
                lost.append((view, field, shown[field]))
        if view in GONE:
            assert not shown, view
    assert lost == []


def test_every_form_that_is_typed_into_is_among_them(flask_app: Flask, house: House) -> None:
    forms = {view for view, rule in console_rules(flask_app) if "POST" in (rule.methods or ())}
    tested = set(refused(house))
    exempt = BUTTONS | ONE_CHOICE | SECRET | FILE_ONLY | NEVER_REFUSED
    assert forms <= tested | exempt
    assert tested & exempt == set()
