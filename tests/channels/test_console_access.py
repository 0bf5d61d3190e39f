"""Who may open what: a cell for every role and every route of the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.routing import Rule

from channels.context import Context
from channels.login import IDLE, LONGEST
from crm_core import clock, staff
from crm_core.timeline import Actor
from tests import factories
from tests.channels.desk import Case, Desk, a_case, desk_of, member

ROLES = ("anonymous", "agent", "manager", "admin")
LOWEST = {
    "login": "anonymous",
    "language": "anonymous",
    **dict.fromkeys(
        [
            "home", "home_with_slash", "logout", "password", "events", "menu_counts", "inbox",
            "conversation", "thread", "older", "claim", "reply", "hand_back", "release", "picture",
            "send_again", "typing", "face",
            "picture_holder", "payments", "payment", "accept_payment", "reject_payment",
            "bank", "bank_files", "bank_file", "bank_mutation", "difference", "bank_day",
            "bank_day_csv", "orders", "order", "pack_order", "ship_order", "deliver_order",
            "complete_order", "cancel_order", "returns", "one_return", "new_return", "open_return",
            "withdraw_return", "receive_return", "complaints", "complaint",
            "note_complaint", "move_complaint", "complaint_urgency", "customers", "customer",
            "change_customer", "reveal_phone", "parts", "part", "learning", "learning_state",
            "label_misunderstood", "dismiss_misunderstood", "reopen_misunderstood", "flag",
            "flag_message", "hand_over_order", "take_cash", "set_tracking", "add_news", "shipping",
            "shipping_way", "shipping_numbers", "bring_numbers", "make_batch", "batch",
            "packing_list", "manifest", "pack_batch", "take_out_of_batch", "close_batch",
            "reopen_batch", "hand_over_batch", "shipping_rates", "shipping_rate", "rates_csv",
        ],
        "agent",
    ),
    **dict.fromkeys(
        [
            "wishes", "change_part", "receive_stock", "correct_stock", "pages", "page", "save_page",
            "train_labels", "refund_payment", "import_bank_file", "assign_mutation", "not_ours",
            "approve_return", "refuse_return", "settle_return", "reopen_return",
            "reopen_mutation", "take_difference", "refund_difference", "confirm_refund",
            "withdraw_refund", "credit_difference", "import_rates", "save_rate", "remove_rate",
            "shipping_rate_new", "rename_district", "set_cod",
        ],
        "manager",
    ),
    **dict.fromkeys(["promotions", "promotion", "print_order", "invoice_pdf"], "agent"),
    **dict.fromkeys(
        ["new_promotion", "add_promotion", "change_promotion", "end_promotion"], "manager"
    ),
    **dict.fromkeys(
        ["part_prices", "margins", "bargains", "bargain", "decide_bargain"], "agent"
    ),
    **dict.fromkeys(["comments", "comment", "answer_comment", "refused_at_door"], "agent"),
    **dict.fromkeys(["correct_points", "save_points"], "manager"),
    **dict.fromkeys(["publish_comment", "hide_comment"], "manager"),
    **dict.fromkeys(["export_customer", "correct_customer", "erase_customer"], "manager"),
    **dict.fromkeys(["set_prices", "save_margin", "set_price_class"], "manager"),
    **dict.fromkeys(["list", "categories", "goods"], "agent"),
    **dict.fromkeys(["list_csv", "new_part", "add_part", "import_parts"], "manager"),
    **dict.fromkeys(["save_category", "retire_category", "receive_goods"], "manager"),
    **dict.fromkeys(["shop", "save_facts", "save_hours", "add_holiday"], "manager"),
    **dict.fromkeys(["remove_holiday", "save_account", "retire_account"], "manager"),
    **dict.fromkeys(["webhooks", "add_webhook", "webhook", "change_webhook"], "manager"),
    **dict.fromkeys(["pause_webhook", "resume_webhook", "remove_webhook"], "manager"),
    **dict.fromkeys(["try_webhook", "resend_webhook"], "manager"),
    **dict.fromkeys(["show_webhook_secret", "renew_webhook_secret"], "manager"),
    **dict.fromkeys(["staff", "add_staff", "change_staff", "reset_password"], "admin"),
}  # fmt: skip
"""View -> the least role that may open it, as the shop decided; not read from the code."""


def console_rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        blueprint, _, view = rule.endpoint.partition(".")
        if blueprint == "console":
            yield view, rule


def path_of(rule: Rule, case: Case) -> str:
    names = {
        "public_id": case.customer if "/customers/" in rule.rule else case.talk,
        "code": {"complaints": case.complaint, "parts": case.part}.get(
            rule.rule.removeprefix("/console/").partition("/")[0], case.order
        ),
        "media_id": "1",
        "file_id": "1",
        "mutation_id": "1",
        "difference_id": "1",
        "message_id": "1",
        "row_id": "1",
        "batch_id": "1",
        "rate_id": "1",
        "promotion_id": "1",
        "bargain_id": "1",
        "comment_id": "1",
        "district_id": "1",
        "delivery_id": "1",
        "staff_id": str(case.staff_id),
        "name": "orders",
        "day": "2030-01-01",
        "account_id": "1",
        "slug": "how_to_buy",
        "language": "id",
    }
    path = rule.rule
    for argument in rule.arguments:
        path = path.replace(f"<{argument}>", names[argument])
        path = path.replace(f"<int:{argument}>", names[argument])
    assert "<" not in path
    return path


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


def test_every_route_of_the_console_has_an_expected_cell(flask_app: Flask) -> None:
    assert {view for view, _ in console_rules(flask_app)} == set(LOWEST)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_own_routes_and_no_others(
    asleep: Context, flask_app: Flask, case: Case, role: str
) -> None:
    person = None if role == "anonymous" else member(asleep, role)
    for view, rule in console_rules(flask_app):
        allowed = ROLES.index(role) >= ROLES.index(LOWEST[view])
        for method in (rule.methods or set()) & {"GET", "POST"}:
            desk = desk_of(flask_app, person)
            path = path_of(rule, case)
            answer = desk.get(path) if method == "GET" else desk.post(path)
            cell = f"{role} {method} {path}: {answer.status_code}"
            answer.close()
            if allowed:
                refused = answer.status_code in {401, 403} or answer.status_code >= 500
                wrong_password = view == "login" and answer.status_code == 401
                assert wrong_password or not refused, cell
            elif role == "anonymous":
                assert answer.status_code in {303, 401}, cell
                assert answer.headers.get("Location", "/console/login").startswith(
                    "/console/login"
                ), cell
            else:
                assert answer.status_code == 403, cell


def test_no_change_is_made_without_the_token_of_the_page(
    asleep: Context, flask_app: Flask, case: Case
) -> None:
    admin = member(asleep, "admin")
    tried = 0
    for _, rule in console_rules(flask_app):
        if "POST" in (rule.methods or ()):
            for token in ("", "made-up"):
                desk = desk_of(flask_app, admin)
                desk.token = token or "x"
                answer = desk.post(path_of(rule, case), {"csrf_token": token})
                assert answer.status_code == 400, rule.rule
                tried += 1
    assert tried > 50
    with asleep.unit_of_work() as session:
        assert staff.by_id(session, admin.id).active


def test_a_view_that_says_nothing_opens_for_nobody(asleep: Context, flask_app: Flask) -> None:
    view = flask_app.view_functions["console.staff"]
    flask_app.view_functions["console.staff"] = lambda: "open"
    try:
        assert desk_of(flask_app, member(asleep, "admin")).get("/console/staff").status_code == 403
    finally:
        flask_app.view_functions["console.staff"] = view


@pytest.fixture
def desk(asleep: Context, flask_app: Flask) -> Desk:
    desk = Desk(flask_app.test_client(), member(asleep))
    assert desk.sign_in().headers["Location"] == "/console"
    return desk


def test_the_right_password_opens_the_console_and_a_wrong_one_says_no_more_than_that(
    asleep: Context, flask_app: Flask
) -> None:
    person = member(asleep)
    wrong = Desk(flask_app.test_client(), person).sign_in("salah-sekali")
    person.email = "tidak.ada@toko.example"
    unknown = Desk(flask_app.test_client(), person).sign_in("salah-sekali")
    assert wrong.status_code == unknown.status_code == 401
    assert "E-mail atau kata sandi tidak cocok" in wrong.get_data(as_text=True)
    assert "E-mail atau kata sandi tidak cocok" in unknown.get_data(as_text=True)


def test_guessing_a_password_is_slowed(asleep: Context, flask_app: Flask) -> None:
    desk = Desk(flask_app.test_client(), member(asleep))
    codes = [desk.sign_in("salah-sekali").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]


def test_login_leads_only_to_pages_of_the_console(asleep: Context, flask_app: Flask) -> None:
    desk = desk_of(flask_app, member(asleep))
    for lure in ("https://evil.example", "//evil.example", "/console//evil.example", "/phone"):
        assert desk.get(f"/console/login?next={lure}").headers["Location"] == "/console"
    answer = desk.get("/console/login?next=/console/orders?tab=packed")
    assert answer.headers["Location"] == "/console/orders?tab=packed"


def test_a_session_from_before_the_login_is_not_taken_over(desk: Desk) -> None:
    desk.get("/console")
    with desk.client.session_transaction(base_url="https://sapa.test") as session:
        token_inside = session["csrf_token"]
        session["planted"] = "yes"
    desk.post("/console/logout")
    desk.sign_in()
    desk.get("/console")
    with desk.client.session_transaction(base_url="https://sapa.test") as session:
        assert "planted" not in session
        assert session["csrf_token"] != token_inside


def test_signing_out_ends_the_session(desk: Desk) -> None:
    assert desk.get("/console").status_code == 200
    desk.post("/console/logout")
    assert desk.get("/console").status_code == 303


def test_a_new_password_ends_every_other_session(
    asleep: Context, flask_app: Flask, desk: Desk
) -> None:
    elsewhere = Desk(flask_app.test_client(), desk.person)
    elsewhere.sign_in()
    new = "sungai-kapuas-panjang"
    desk.send("/console/password", {"old": factories.PASSWORD, "new": new, "again": new})
    assert desk.get("/console").status_code == 200
    assert elsewhere.get("/console").status_code == 303
    assert Desk(flask_app.test_client(), desk.person).sign_in(new).status_code == 303


def test_two_different_new_passwords_change_nothing(flask_app: Flask, desk: Desk) -> None:
    answer = desk.post(
        "/console/password",
        {"old": factories.PASSWORD, "new": "sungai-kapuas", "again": "sungai-melawi"},
    )
    assert answer.status_code == 422
    assert Desk(flask_app.test_client(), desk.person).sign_in().status_code == 303


def test_a_closed_account_is_out_at_once(asleep: Context, desk: Desk) -> None:
    assert desk.person is not None
    with asleep.unit_of_work() as session:
        person = staff.by_id(session, desk.person.id)
        staff.change(session, person, actor=Actor.system("test"), active=False)
    assert desk.get("/console").status_code == 303


def test_a_session_without_a_person_ends_and_a_screen_that_refreshes_itself_is_none(
    desk: Desk,
) -> None:
    start = clock.now()
    for hours in (1, 2):
        with time_machine.travel(start + timedelta(hours=hours, minutes=-1), tick=False):
            answer = desk.get("/console/counts", **{"HX-Request": "true"})
            assert answer.status_code == 200
    with time_machine.travel(start + IDLE + timedelta(minutes=1), tick=False):
        assert desk.get("/console").headers["Location"].startswith("/console/login")


def test_a_session_ends_after_twelve_hours_however_busy(desk: Desk) -> None:
    start = clock.now()
    for hour in range(1, 12):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            assert desk.get("/console").status_code == 200
    with time_machine.travel(start + LONGEST + timedelta(minutes=1), tick=False):
        assert desk.get("/console").status_code == 303


def test_pages_are_kept_by_no_cache_and_framed_by_nobody(desk: Desk) -> None:
    headers = desk.get("/console/inbox").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_language_is_chosen_once_and_survives_the_login(
    asleep: Context, flask_app: Flask
) -> None:
    desk = Desk(flask_app.test_client())
    desk.post("/console/language", {"language": "en"})
    assert "Sign in to the console" in desk.text("/console/login")
    desk.person = member(asleep)
    desk.sign_in()
    assert "Waiting for an answer" in desk.text("/console")


def test_a_screen_that_refreshes_itself_never_sets_the_cookie(desk: Desk) -> None:
    """It would take the place of a cookie that a form's answer has set meanwhile."""
    answer = desk.get("/console/counts", **{"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
