"""bot/quick.py changes what Rasa does over and over, not what it decides; run in Rasa's Python."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from channels.supervisor import assistant
from crm_core.settings import ROOT

pytestmark = pytest.mark.rasa

ASKED = """
import asyncio, json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from bot import quick
from bot.dialogues import Dialogues

quick.apply()
DOMAIN = Domain.from_dict({"intents": ["hi"], "actions": ["action_x"], "slots": {
    "a": {"type": "any", "mappings": [{"type": "custom"}]}}})
calls, callers = [], set()

class Actions(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known = None

    def do_POST(self):
        callers.add(self.client_address)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        calls.append(sorted(set(body) & {"domain", "domain_digest"}))
        if "domain" in body:
            Actions.known = body["domain_digest"]
        good = body["domain_digest"] == Actions.known
        said = json.dumps({"events": [{"event": "slot", "name": "a", "value": 1}],
                           "responses": []} if good else {}).encode()
        self.send_response(200 if good else 449)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Actions)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = EndpointConfig(f"http://127.0.0.1:{server.server_address[1]}/webhook")
tracker = DialogueStateTracker.from_events("budi", [], DOMAIN.slots)

async def act():
    found = await RemoteAction("action_x", endpoint).run(None, None, tracker, DOMAIN)
    return [event.as_dict()["name"] for event in found]

async def acts():
    said = [await act() for _ in range(3)]
    Actions.known = None
    return [*said, await act()]

def refuses(result):
    try:
        RemoteAction("action_x", endpoint)._validate_action_result(result)
    except ValidationError:
        return True
    return False

slots = asyncio.run(acts())
kept = Dialogues.serialise_tracker(tracker)
print(json.dumps({
    "calls": calls, "callers": len(callers), "slots": slots,
    "refused": [refuses(one) for one in json.loads(sys.argv[1])],
    "same": json.loads(kept) == json.loads(InMemoryTrackerStore.serialise_tracker(tracker)),
}))
"""
GOOD = [
    {"events": [{"event": "slot", "name": "a", "value": None}], "responses": [{}]},
    {"events": [{"event": "followup", "name": "action_listen"}, {"event": "reset_slots"}]},
]
BAD: list[Any] = [
    {"events": [{"event": "slot", "value": 1}]},
    {"events": [{"event": "slot", "name": 3, "value": 1}]},
    {"events": [{"event": "made_up"}]},
    {"events": ["slot"]},
    {"events": {}},
    {"responses": ["words"]},
    [],
]


@pytest.fixture(scope="module")
def had() -> dict[str, Any]:
    command = [str(assistant.PYTHON), "-W", "ignore", "-c", ASKED, json.dumps([*GOOD, *BAD])]
    done = subprocess.run(
        command, cwd=ROOT, env=assistant.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_domain_is_sent_when_its_digest_is_not_known_and_only_then(had: dict[str, Any]) -> None:
    short, full = ["domain_digest"], ["domain", "domain_digest"]
    assert had["calls"] == [short, full, short, short, short, full]
    assert had["slots"] == [["a"]] * 4


def test_all_calls_of_an_action_use_one_connection(had: dict[str, Any]) -> None:
    assert had["callers"] == 1


def test_answers_are_checked_as_before(had: dict[str, Any]) -> None:
    assert had["refused"] == [False] * len(GOOD) + [True] * len(BAD)


def test_a_dialogue_is_kept_in_rasas_own_form(had: dict[str, Any]) -> None:
    assert had["same"] is True
