"""What every answer carries, how refusals are told, and whether the shop is ready."""

from __future__ import annotations

import json
import re

import pytest
import structlog
from flask.testing import FlaskClient

from channels import context, health, logs, render, tasks
from channels.celery_app import Timetabled
from channels.celery_app import app as celery
from channels.context import Context
from channels.render import Button
from crm_core.conversations import Choice

CHOICES = (Choice("Depan", "/a"), Choice("Belakang", "/b", "Rp 50.000"))


def test_pages_may_run_no_script_but_ours(web: FlaskClient) -> None:
    policy = web.get("/nowhere").headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_every_answer_has_a_nonce_of_its_own(web: FlaskClient) -> None:
    nonces = {
        re.findall(r"nonce-([^']+)", web.get("/x").headers["Content-Security-Policy"])[0]
        for _ in range(3)
    }
    assert len(nonces) == 3


def test_every_answer_has_the_protective_headers(web: FlaskClient) -> None:
    headers = web.get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["X-Request-ID"])


def test_a_request_id_that_could_forge_a_log_line_is_replaced(web: FlaskClient) -> None:
    answer = web.get("/healthz", headers={"X-Request-ID": "<script>"})
    assert "<" not in answer.headers["X-Request-ID"]
    assert (
        web.get("/healthz", headers={"X-Request-ID": "abcdef-1234"}).headers["X-Request-ID"]
        == "abcdef-1234"
    )


def test_a_program_gets_a_problem_document(web: FlaskClient) -> None:
    answer = web.get("/webchat/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    body = json.loads(answer.text)
    assert (body["status"], body["code"]) == (404, "not_found")


def test_a_person_gets_a_page(web: FlaskClient) -> None:
    answer = web.get("/nowhere", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "halaman ini tidak ada" in answer.text


def test_alive_says_nothing_about_the_rest(web: FlaskClient) -> None:
    assert web.get("/healthz").json == {"status": "ok"}


def test_ready_names_the_component_that_fails(web: FlaskClient, here: Context) -> None:
    health.note_worker()
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "failed",
        "components": {
            "database": "ok",
            "redis": "ok",
            "rasa": "ok",
            "actions": "failed",
            "worker": "ok",
        },
    }


def test_a_worker_not_seen_for_a_while_is_not_ready(web: FlaskClient, here: Context) -> None:
    here.redis.set(health.WORKER_SEEN, "1000")
    body = web.get("/readyz").json
    assert body is not None
    assert body["components"]["worker"] == "failed"


def test_the_sweep_shows_that_the_worker_lives(web: FlaskClient, here: Context) -> None:
    tasks.sweep()
    body = web.get("/readyz").json
    assert body is not None
    assert body["components"]["worker"] == "ok"


def test_the_figures_count_what_waits(web: FlaskClient, asleep: Context, say: object) -> None:
    say("halo")  # type: ignore[operator]
    figures = web.get("/metrics").text
    assert 'sapa_backlog{work="unanswered_messages"} 1.0' in figures
    assert "sapa_database_up 1.0" in figures


def test_logs_hold_no_words_and_no_phone_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup()
    structlog.get_logger("test").info("x", text="rahasia", note="dari +6281234567890", size=3)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["text"], line["note"], line["size"]) == ("[hidden]", "dari …890", 3)


def test_tasks_are_acknowledged_late_and_run_again_when_their_worker_dies(here: Context) -> None:
    conf = celery.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert conf.broker_transport_options["visibility_timeout"] >= 300


def test_everything_on_the_timetable_is_a_task_that_exists(here: Context) -> None:
    timetable = celery.conf.beat_schedule
    assert set(timetable) == {
        "let-go",
        "sweep",
        "look-at-reviews",
        "forget-webhooks",
        "expire-orders",
        "seal-timeline",
        "tell-arrivals",
        "match-wishes",
        "remind-payers",
        "compare-proofs",
        "look-after-handoffs",
    }
    assert {entry["task"] for entry in timetable.values()} <= set(celery.tasks)


def test_of_many_that_waited_one_task_of_the_timetable_runs(here: Context) -> None:
    runs: list[int] = []

    @celery.task(name="tests.counted", base=Timetabled, every_s=3600.0, shared=False)
    def counted() -> None:
        runs.append(1)

    counted.apply()
    counted.apply()
    assert runs == [1]
    context.current().redis.delete("sapa:ran:tests.counted")
    counted.apply()
    counted()  # called by a person or a test, it always runs
    assert runs == [1, 1, 1]


@pytest.mark.parametrize(
    ("channel", "provider", "ability"),
    [
        ("web", "web", "buttons"),
        ("whatsapp", "loopback", "buttons"),
        ("whatsapp", "twilio", "text"),
        ("sms", "loopback", "text"),
    ],
)
def test_choices_are_tappable_where_the_channel_can(
    channel: str, provider: str, ability: str
) -> None:
    assert render.ability_of(channel, provider) == ability


def test_up_to_three_short_choices_are_buttons_and_more_or_described_ones_a_list() -> None:
    short = (Choice("Ya", "/affirm"), Choice("Tidak", "/deny"))
    assert render.render("Pesan?", short, "buttons").style == "buttons"
    assert render.render("Pesan?", short * 2, "buttons").style == "list"
    shown = render.render("Mana?", CHOICES, "buttons")
    assert shown.style == "list"
    assert shown.buttons[1] == Button("Belakang", "/b", "Rp 50.000")


def test_a_price_times_a_quantity_is_not_taken_for_bold() -> None:
    assert render.render("2*3 dan *4* *", (), "text", markup=False).body == "2*3 dan 4 *"


@pytest.mark.parametrize("limit", [10, 50, 1600])
def test_splitting_loses_no_word(limit: int) -> None:
    text = "\n".join(f"kata{number} dan lagi." for number in range(200))
    parts = render.split(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert " ".join(parts).split() == text.split()


def test_the_timetable_runs_without_redis(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    @celery.task(name="tests.alone", base=Timetabled, every_s=3600.0, shared=False)
    def counted() -> None:
        runs.append(1)

    monkeypatch.setattr(here, "redis", context.redis_at(context.NOWHERE, socket_timeout=0.1))
    counted.apply()
    counted.apply()
    assert runs == [1, 1]
