"""The action server as Rasa 3.6.21 meets it, with a call recorded from that version."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from actions import server
from channels.supervisor.children import answers
from channels.supervisor.processes import Child, Command, free_port, wait_until
from crm_core import conversations, db
from crm_core.conversations import Inbound
from crm_core.settings import ROOT
from tests.actions.test_laws import DOMAIN

TOKEN = "kunci-antar-mesin"
RECORDED = Path(__file__).parent / "recorded" / "call_of_rasa_3_6_21.json"


def recorded(**changes: Any) -> dict[str, Any]:
    call: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    call["domain"] |= DOMAIN
    call["tracker"]["latest_message"]["metadata"].pop("turn_id")
    return call | changes


@pytest.fixture
def sender(demo_engine: sa.Engine) -> str:
    with db.unit_of_work(db.sessions(demo_engine)) as session:
        inbound = Inbound("twilio", "SMserver", "whatsapp", "whatsapp:+6281299900099", "halo")
        return conversations.receive(session, inbound).conversation.public_id


def test_a_recorded_call_is_answered_with_the_part(demo_engine: sa.Engine, sender: str) -> None:
    call = recorded(sender_id=sender)
    call["tracker"]["sender_id"] = sender
    known = server.executor(db.sessions(demo_engine))
    result = asyncio.run(known.run(call))
    assert result is not None
    answer = result.model_dump()
    assert answer["responses"][0]["response"] == "utter_part_found"
    assert answer["responses"][0]["code"] == "06455K46N21"
    assert answer["events"][-1] == {"event": "followup", "timestamp": None, "name": "action_listen"}


@pytest.fixture
def address(demo_engine: sa.Engine, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    url = demo_engine.url.render_as_string(hide_password=False)
    child = Child(
        Command(
            name="actions",
            arguments=[sys.executable, "-m", "actions.server", "--port", str(port)],
            log=tmp_path / "actions.log",
            environment={
                **os.environ,
                "SAPA_DATABASE_URL": url,
                "SAPA_DATA_DIR": str(tmp_path / "data"),
                "SAPA_INTERNAL_TOKEN": TOKEN,
            },
            folder=ROOT,
        )
    )
    try:
        wait_until(partial(answers, "127.0.0.1", port, "/health"), child, limit_s=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def post(address: str, call: dict[str, Any], token: str = TOKEN) -> httpx.Response:
    return httpx.post(
        f"{address}/webhook",
        json=call,
        headers={"Origin": "https://elsewhere.test", "Authorization": f"Bearer {token}"},
        trust_env=False,
    )


def test_the_server_echoes_no_request_and_allows_no_origin(address: str) -> None:
    secret = "a customer's own words"
    unknown = post(address, recorded(next_action="no_such", note=secret))
    broken = post(address, {"next_action": "action_greet", "note": secret})
    assert (unknown.status_code, broken.status_code) == (404, 500)
    for answer in (unknown, broken):
        assert secret not in answer.text
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_server_does_nothing_for_who_does_not_show_the_token(
    address: str, demo_engine: sa.Engine, sender: str
) -> None:
    call = recorded(sender_id=sender)
    call["tracker"]["sender_id"] = sender
    assert post(address, call, token="tebakan").status_code == 401
    assert post(address, call).status_code == 200


@pytest.mark.slow
def test_the_server_stays_on_loopback_without_a_token(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "actions.server", "--port", "1", "--host", "0.0.0.0"],  # noqa: S104 - refused
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SAPA_")},
            "SAPA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "SAPA_DATA_DIR": str(tmp_path),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "SAPA_INTERNAL_TOKEN must be set" in refused.stderr
