"""bot/lean changes what Rasa does over and over, not what it decides; run in Rasa's Python."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from channels.supervisor import assistant
from crm_core.settings import ROOT, Settings
from tests.conftest import VALKEY

pytestmark = pytest.mark.rasa

ASKED = """
import asyncio, json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from bot.lean.replacing import apply

apply()
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
print(json.dumps({
    "calls": calls, "callers": len(callers), "slots": slots,
    "refused": [refuses(one) for one in json.loads(sys.argv[1])],
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


KEPT = """
import asyncio, json, sys
from urllib.parse import urlsplit
from uuid import uuid4
from rasa.core.tracker_store import RedisTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet, UserUttered)
from rasa.shared.core.trackers import DialogueStateTracker
from bot.lean.dialogues import KEPT_TURNS, MOST_TURNS, Dialogues
from bot.lean.replacing import apply

apply()
DOMAIN = Domain.from_dict({"intents": ["hi"], "actions": ["action_x"], "slots": {
    name: {"type": "any", "mappings": [{"type": "custom"}]} for name in "ab"}})
at = urlsplit(sys.argv[1])
where = {
    "host": at.hostname, "port": at.port, "password": at.password, "db": 15, "record_exp": 60,
    "key_prefix": uuid4().hex,  # another test runner may play the same at this moment
}
here, there, rasas = (kind(DOMAIN, **where) for kind in (Dialogues, Dialogues, RedisTrackerStore))

def begun(name):
    tracker = here.init_tracker(name)
    tracker.model_id, tracker.assistant_id = "m", "sapa"
    tracker.update_with_events([
        ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"),
    ], DOMAIN)
    return tracker

def turn(tracker, n, *events):
    understood = {"intent": {"name": "hi", "confidence": 0.9}, "entities": [{"entity": "e"}],
                  "text": f"says {n}", "intent_ranking": [{"name": "hi"}], "text_tokens": [[0, 4]]}
    tracker.update_with_events([
        UserUttered(f"says {n}", understood["intent"], understood["entities"], understood,
                    metadata={"turn_id": n}),
        ActionExecuted("action_x"), *events, BotUttered(f"hears {n}"),
        ActionExecuted("action_listen"),
    ], DOMAIN)

def facts(tracker):
    return {
        "said": [event.text for event in tracker.events if hasattr(event, "text")],
        "turns": [event.metadata["turn_id"] for event in tracker.events
                  if isinstance(event, UserUttered)],
        "slots": tracker.current_slot_values(), "loop": tracker.active_loop_name,
        "listens": tracker.latest_action_name,
        "began": isinstance(list(tracker.events)[1], SessionStarted),
    }

async def played():
    found = {}
    tracker = begun("budi")
    turn(tracker, 1, SlotSet("a", {"n": 1.5}))
    await here.save(tracker)
    found["as_rasa"] = facts(await rasas.retrieve("budi")) == facts(tracker)
    again = await here.retrieve("budi")
    found["same_object"] = again is tracker
    turn(again, 2, SlotSet("a", 2))
    await here.save(again)
    found["grown"] = facts(await rasas.retrieve("budi")) == facts(again)

    failed = await here.retrieve("budi")
    turn(failed, 3, SlotSet("a", "lost"))
    found["after_a_failure"] = facts(await here.retrieve("budi"))["slots"]["a"]

    elsewhere = await there.retrieve("budi")
    turn(elsewhere, 3, SlotSet("a", "there"))
    await there.save(elsewhere)
    found["after_another_server"] = facts(await here.retrieve("budi"))["slots"]["a"]

    tracker = begun("sari")
    for n in range(MOST_TURNS + 1):
        tracker = tracker if n == 0 else await here.retrieve("sari")
        turn(tracker, n, *([SlotSet("b", n)] if n < 5 else []))
        await here.save(tracker)
    kept = [facts(await store.retrieve("sari")) for store in (here, rasas)]
    found["long"] = kept[0] == kept[1] and kept[0]
    found["last"] = list(range(MOST_TURNS + 1))[-KEPT_TURNS:]

    tracker = begun("joko")
    for n in range(MOST_TURNS + 1):
        turn(tracker, n, *([ActiveLoop("form")] if n == 3 else []))
    await here.save(tracker)
    found["form"] = facts(await rasas.retrieve("joko"))
    return found

print(json.dumps(asyncio.run(played())))
"""
DECIDED = """
import json, random, sys
from pathlib import Path
from tempfile import mkdtemp
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import (
    ActionExecuted, ActionExecutionRejected, ActiveLoop, SessionStarted, SlotSet, UserUttered)
from rasa.shared.core.trackers import DialogueStateTracker
from bot.lean.graph import OrderedGraphRunner
from bot.lean.replacing import apply

MODEL = Path(sys.argv[1])
SAID = ["kampas rem beat 2019 ada?", "ya", "batal aja kak", "where is my order P-7KM2Q",
        "Budi, Jl. Gajah Mada No. 5", "halo, mau 2 busi sama oli", "asdf"]

def loaded(runner):
    return load_predict_graph_runner(Path(mkdtemp()), MODEL, LocalModelStorage, runner)

def dialogues(domain):
    draw = random.Random(7)
    intents, forms = sorted(domain.intents), sorted(domain.form_names)
    waits = domain.slots[[slot.name for slot in domain.slots].index("awaiting")].values
    actions = [name for name in domain.action_names_or_texts if name.startswith("action_")]
    for _ in range(150):
        tracker = DialogueStateTracker("budi", domain.slots)
        events = [ActionExecuted("action_session_start"), SessionStarted(),
                  ActionExecuted("action_listen")]
        for _ in range(draw.randint(0, 6)):
            intent = {"name": draw.choice(intents), "confidence": 0.9}
            events.append(UserUttered("words", intent, [], {"intent": intent, "entities": []}))
            for _ in range(draw.randint(0, 3)):
                events.append(draw.choice([
                    lambda: ActionExecuted(draw.choice(actions + forms)),
                    lambda: SlotSet("awaiting", draw.choice([None, *waits])),
                    lambda: ActiveLoop(draw.choice([None, *forms])),
                    lambda: ActionExecutionRejected(draw.choice(forms)),
                ])())
            if draw.random() < 0.7:
                events.append(ActionExecuted("action_listen"))
        if draw.random() < 0.8:
            intent = {"name": draw.choice(intents), "confidence": 0.9}
            events.append(UserUttered("words", intent, [], {"intent": intent, "entities": []}))
        tracker.update_with_events(events, domain)
        yield tracker

def decided(runner):
    metadata, graph = loaded(runner)
    domain = metadata.domain
    found = []
    for tracker in dialogues(domain):
        given = {PLACEHOLDER_TRACKER: tracker}
        one = graph.run(inputs=given, targets=[metadata.core_target])[metadata.core_target]
        same = tracker.copy()
        found.append([one.probabilities, one.policy_name, len(one.events),
                      one.is_end_to_end_prediction, one.is_no_user_prediction,
                      one.hide_rule_turn, same.current_slot_values(), same.active_loop_name,
                      same.latest_action_name, len(same.events)])
    for text in SAID:
        given = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}
        found.append(graph.run(inputs=given, targets=[metadata.nlu_target])[
            metadata.nlu_target][0].as_dict(only_output_properties=True))
    return found

before = decided(DaskGraphRunner)
apply()
after = decided(OrderedGraphRunner)
same = json.dumps(before, default=str) == json.dumps(after, default=str)
print(json.dumps({"asked": len(before), "same": same,
                  "actions": len({json.dumps(one[0]) for one in before[:150]})}))
"""
FAILED = """
import asyncio
from types import SimpleNamespace
from rasa.core.channels.rest import RestInput
from rasa.utils.common import configure_logging_and_warnings
from rasa.utils.log_utils import configure_structlog
from bot.lean.replacing import apply

apply()
configure_logging_and_warnings()
configure_structlog()

async def fails(message):
    raise RuntimeError("away") if message.text == "rahasia satu" else asyncio.CancelledError()

routes = RestInput().blueprint(fails)._future_routes
receive = next(one.handler for one in routes if one.handler.__name__ == "receive")
for text in ("rahasia satu", "rahasia dua"):
    said = {"sender": "budi", "message": text, "metadata": {}}
    asyncio.run(receive(SimpleNamespace(json=said, args={}, headers={}, method="POST")))
print('{"over": true}')
"""
STARTED = """
import json, sys
from pathlib import Path
from bot.lean import tensorless
model = Path(sys.argv[1])
assert tensorless.model_of(["run", "--model", str(model), "--port", "1"]) == model
needed = tensorless.needs_tensorflow(model)
tensorless.stand_in()
import rasa.__main__, rasa.engine.recipes.default_components
import tensorflow
print(json.dumps({"needed": needed, "unknown": tensorless.needs_tensorflow(None),
                  "diet": tensorless.needs_tensorflow(Path(sys.argv[2])),
                  "real": hasattr(tensorflow, "__version__")}))
"""


def ran(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(assistant.PYTHON), "-W", "ignore", "-c", script, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=assistant.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def in_rasas_python(script: str, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran(script, *arguments).stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def had() -> dict[str, Any]:
    return in_rasas_python(ASKED, json.dumps([*GOOD, *BAD]))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trained = Settings()
    assistant.train(trained, tmp_path_factory.mktemp("trained") / "training.log")
    return assistant.model_file(trained)


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return in_rasas_python(KEPT, os.environ[VALKEY])  # a database that no worker empties


def test_the_domain_is_sent_when_its_digest_is_not_known_and_only_then(had: dict[str, Any]) -> None:
    short, full = ["domain_digest"], ["domain", "domain_digest"]
    assert had["calls"] == [short, full, short, short, short, full]
    assert had["slots"] == [["a"]] * 4


def test_all_calls_of_an_action_use_one_connection(had: dict[str, Any]) -> None:
    assert had["callers"] == 1


def test_answers_are_checked_as_before(had: dict[str, Any]) -> None:
    assert had["refused"] == [False] * len(GOOD) + [True] * len(BAD)


def test_rasas_own_memory_reads_what_is_kept(kept: dict[str, Any]) -> None:
    assert kept["as_rasa"] is True
    assert kept["grown"] is True


def test_a_server_goes_on_with_the_dialogue_that_it_has_in_memory(kept: dict[str, Any]) -> None:
    assert kept["same_object"] is True


def test_a_turn_that_failed_leaves_the_dialogue_as_it_was(kept: dict[str, Any]) -> None:
    assert kept["after_a_failure"] == 2


def test_what_another_server_has_kept_meanwhile_counts(kept: dict[str, Any]) -> None:
    assert kept["after_another_server"] == "there"


def test_of_a_long_dialogue_the_last_turns_and_all_slots_are_kept(kept: dict[str, Any]) -> None:
    long = kept["long"]
    assert long["turns"] == kept["last"]
    assert long["slots"]["b"] == 4
    assert long["listens"] == "action_listen"
    assert long["began"] is True


def test_the_turn_in_which_an_open_form_began_is_kept(kept: dict[str, Any]) -> None:
    assert kept["form"]["turns"][0] == 3
    assert kept["form"]["loop"] == "form"


def test_a_message_that_fails_is_logged_without_its_words() -> None:
    done = ran(FAILED)
    logged = done.stdout + done.stderr
    assert "rest.message.received.failure" in logged
    assert "rest.message.received.timeout" in logged
    assert "rahasia" not in logged


def test_rasa_decides_as_before(model: Path) -> None:
    decided = in_rasas_python(DECIDED, str(model))
    assert decided["same"] is True
    assert decided["asked"] == 157
    assert decided["actions"] > 30


def test_rasa_starts_without_tensorflow_when_no_component_uses_it(
    model: Path, tmp_path: Path
) -> None:
    diet = tmp_path / "diet.tar.gz"
    uses = {"uses": "rasa.nlu.classifiers.diet_classifier.DIETClassifier"}
    told = json.dumps({"predict_schema": {"nodes": {"diet": uses}}}).encode()
    with tarfile.open(diet, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(told)
        archive.addfile(member, io.BytesIO(told))
    found = in_rasas_python(STARTED, str(model), str(diet))
    assert found == {"needed": False, "unknown": True, "diet": True, "real": False}
