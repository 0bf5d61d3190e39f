"""Talking to the trained assistant: Rasa, the action server and PostgreSQL are real processes;
turns go through the same code that the worker runs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
import redis
import sqlalchemy as sa
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import render, turns
from channels.cli import demo
from channels.context import Context
from channels.rasa import RasaClient
from channels.supervisor import assistant
from channels.supervisor.children import answers
from channels.supervisor.processes import Child, Command, free_port, stop_all, wait_until
from crm_core import carts, catalogue, conversations, orders, stock
from crm_core.catalogue import Part
from crm_core.conversations import Conversation, Inbound, InboundMedia, MessageView
from crm_core.orders import Order
from crm_core.settings import ROOT, Settings
from crm_core.stock import StockLevel
from crm_core.timeline import Actor
from tests.conftest import VALKEY

T = TypeVar("T")

PADS_BEAT, PADS_VARIO = "06455K46N21", "06455K59A71"
"""Front brake pads of a Beat 2019 (Rp 59.000) and a Vario 125 2018 (Rp 68.000)."""
SHOES_BEAT = "06430K44V80"
"""Rear brake shoes of a Beat 2019."""
HOME = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan"
_ids = count(1)
_numbers = count(1)


def dialogues() -> str:
    """Where Rasa remembers dialogues here: a Valkey database that no other test empties."""
    return os.environ[VALKEY].removesuffix("/0") + "/15"


@dataclass
class Answer:
    """One reply as the customer sees it: its text and the labels of its choices."""

    text: str
    labels: tuple[str, ...]
    payloads: tuple[str, ...]
    bodies: tuple[str, ...] = ()
    """Each message with its choices as numbered lines: what an SMS shows."""

    def __contains__(self, words: str) -> bool:
        return words.lower() in self.text.lower()


@dataclass
class Phone:
    """A customer's phone. ``says`` sends and waits for the reply."""

    here: Context
    client: RasaClient
    address: str
    heard: list[Answer] = field(default_factory=list)

    def says(self, text: str, photos: int = 0) -> Answer:
        """Send ``text`` (and photos) and give the reply."""
        return self._send(text, photos=photos)

    def sends_photo(self) -> Answer:
        """Send a photo without words."""
        return self._send("", photos=1)

    def sends(self, *texts: str, photos: int = 0) -> Answer:
        """Send several messages before anybody has answered; photos come with the last."""
        for text in texts[:-1]:
            self._receive(self._inbound(text, 0, None))
        return self._send(texts[-1], photos=photos)

    def is_waited_for(self, *texts: str, photos: int = 0) -> bool:
        """Send to a shop that waits a minute for more messages; whether it waits for more now."""
        number, after = 0, 0
        for text in texts:
            number, after = self._receive(self._inbound(text, 0, None))
        if photos:
            number, after = self._receive(self._inbound("", photos, None))
        patient = Context(self.here.settings.model_copy(update={"burst_window_ms": 60_000}))
        try:
            turns.take(patient, self.client, number)
        finally:
            patient.close()
        return not self._spoken(number, after)

    def days_pass(self, days: int = 3) -> None:
        """Let ``days`` go by in silence: everything said so far is that much older."""
        gap = timedelta(days=days)
        number, public_id = self.look(lambda _, c: (c.id, c.public_id))
        with self.here.unit_of_work() as session:
            session.execute(
                sa.text(
                    "UPDATE messages SET created_at = created_at - :gap WHERE conversation_id = :id"
                ),
                {"gap": gap, "id": number},
            )
        with redis.Redis.from_url(dialogues()) as memory:
            key = f"sapa:tracker:{public_id}"
            dialogue = json.loads(memory.get(key))
            for event in dialogue["events"]:
                event["timestamp"] -= gap.total_seconds()
            memory.set(key, json.dumps(dialogue))

    def taps(self, label: str) -> Answer:
        """Tap a choice of the last reply; its label must be there."""
        last = self.heard[-1]
        assert label in last.labels, f"{label!r} is not among {last.labels}"
        return self._send(label, payload=last.payloads[last.labels.index(label)])

    def reaches_summary(self) -> Answer:
        """Two brake pads in the cart, the address given: the summary is on screen."""
        self.says("mau 2 kampas rem depan beat 2019")
        self.says("lanjut pesan")
        return self.says("Budi, Jl. Gajah Mada No. 5, Pontianak Selatan")

    def orders_pads(self) -> Answer:
        """The same, and yes: an order that waits for payment."""
        self.reaches_summary()
        return self.says("iya")

    def is_left_alone(self, text: str) -> bool:
        """Send ``text``; whether nobody but a person may answer it."""
        number, after = self._receive(self._inbound(text, 0, None))
        turns.take(self.here, self.client, number)
        return not self._spoken(number, after)

    def waits(self) -> Answer:
        """Whatever the bot says by itself now."""
        number, after = self.look(lambda s, c: (c.id, conversations.transcript(s, c.id)[-1].id))
        turns.take(self.here, self.client, number)
        return self._answer(self._spoken(number, after), "waiting")

    def _send(self, text: str, *, photos: int = 0, payload: str | None = None) -> Answer:
        number, after = self._receive(self._inbound(text, photos, payload))
        assert turns.take(self.here, self.client, number)
        return self._answer(self._spoken(number, after), text)

    def _receive(self, inbound: Inbound) -> tuple[int, int]:
        """The ids of the conversation and of the stored message."""
        with self.here.unit_of_work() as session:
            received = conversations.receive(session, inbound)
            return received.conversation.id, received.message.id

    def _inbound(self, text: str, photos: int, payload: str | None) -> Inbound:
        pictures = tuple(
            InboundMedia(f"https://media.test/{next(_ids)}.jpg", "image/jpeg")
            for _ in range(photos)
        )
        return Inbound(
            provider="loopback",
            provider_id=f"talk-{next(_ids)}",
            channel=self.address.partition(":")[0],
            address=self.address,
            text=text,
            media=pictures,
            tapped_payload=payload,
            tapped_label=text if payload else None,
        )

    def _spoken(self, number: int, after: int) -> list[MessageView]:
        with self.here.unit_of_work() as session:
            return [
                message
                for message in conversations.transcript(session, number, after_id=after)
                if message.direction == "outbound"
            ]

    def _answer(self, spoken: list[MessageView], cause: str) -> Answer:
        assert spoken, f"silence after {cause!r}"
        answer = Answer(
            "\n".join(message.text for message in spoken),
            tuple(choice.label for choice in spoken[-1].choices),
            tuple(choice.payload for choice in spoken[-1].choices),
            tuple(
                render.render(message.text, message.choices, "text", markup=False).body
                for message in spoken
            ),
        )
        self.heard.append(answer)
        return answer

    def look(self, read: Callable[[Session, Conversation], T]) -> T:
        """Read something from the database as it is now."""
        with self.here.unit_of_work() as session:
            talk = conversations.of_address(session, self.address)
            assert talk is not None
            return read(session, talk)


def held(phone: Phone) -> dict[str, int]:
    """What is in the customer's cart: part code to quantity."""
    return phone.look(
        lambda s, c: {line.part_code: line.quantity for line in carts.show(s, c.customer).lines}
    )


def placed(phone: Phone) -> Order:
    """The customer's only order."""
    (order,) = phone.look(lambda s, c: list(orders.of_customer(s, c.customer)))
    return order


def orders_of(phone: Phone) -> list[Order]:
    """The customer's orders, the newest first."""
    return phone.look(lambda s, c: list(orders.of_customer(s, c.customer)))


def ordered(order: Order) -> dict[str, int]:
    """What was ordered: part code to quantity."""
    return {line.part_code: line.quantity for line in order.lines}


@pytest.fixture(scope="session")
def assistant_running(
    make_database: Callable[[str], str],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Context, RasaClient]]:
    """The assistant trained on the present data, with its actions on a demo shop."""
    folder = tmp_path_factory.mktemp("assistant")
    trained = Settings()
    assistant.train(trained, folder / "training.log")
    settings = Settings(
        database_url=make_database(f"talk_{worker_id}"),
        data_dir=folder,
        rasa_port=free_port(),
        actions_port=free_port(),
        burst_window_ms=0,
    )
    here = Context(settings)
    with here.unit_of_work() as session:
        catalogue.load_reference(session)
        demo.load(session, folder)
        for code in (PADS_BEAT, PADS_VARIO, SHOES_BEAT):  # many tests order the same pads
            stock.receive(session, code, 400, Actor.system("tests"))
    children = [_actions(settings, folder), _rasa(settings, assistant.model_file(trained), folder)]
    try:
        for child, port, path in zip(
            children, (settings.actions_port, settings.rasa_port), ("/health", "/"), strict=True
        ):
            wait_until(partial(answers, "127.0.0.1", port, path), child, limit_s=240)
        client = RasaClient(f"http://127.0.0.1:{settings.rasa_port}", 30)
        yield here, client
        client.close()
    finally:
        stop_all(children, grace_s=2)
        here.close()


@pytest.fixture(scope="session")
def shelves(assistant_running: tuple[Context, RasaClient]) -> dict[str, int]:
    """How many pieces of each part the demo shop begins with."""
    here, _ = assistant_running
    with here.unit_of_work() as session:
        rows = session.execute(select(Part.part_code, StockLevel.on_hand).join(StockLevel))
        return {row.part_code: row.on_hand for row in rows}


def _fill(here: Context, shelves: dict[str, int]) -> None:
    """Put on the shelves what the orders of a test hold, for the next test."""
    with here.unit_of_work() as session:
        left = StockLevel.on_hand - StockLevel.reserved
        held = select(Part.part_code, left).join(StockLevel).where(StockLevel.reserved > 0)
        for part_code, available in session.execute(held).all():
            missing = shelves.get(part_code, 0) - available
            if missing > 0:
                stock.receive(session, part_code, missing, Actor.system("between tests"))


@pytest.fixture
def phone(
    assistant_running: tuple[Context, RasaClient], shelves: dict[str, int]
) -> Iterator[Callable[..., Phone]]:
    """``phone()`` is a new customer's; ``phone("sms")`` and ``phone("web")`` on other channels."""
    here, client = assistant_running

    def new(channel: str = "whatsapp") -> Phone:
        number = next(_numbers)
        where = f"visitor-{os.getpid()}-{number}" if channel == "web" else f"+62812777{number:05d}"
        return Phone(here, client, f"{channel}:{where}")

    yield new
    _fill(here, shelves)


@pytest.fixture
def budi(phone: Callable[..., Phone]) -> Phone:
    """A new customer on WhatsApp."""
    return phone()


def _actions(settings: Settings, folder: Path) -> Child:
    port = str(settings.actions_port)
    return Child(
        Command(
            name="actions",
            arguments=[sys.executable, "-m", "actions.server", "--port", port],
            log=folder / "actions.log",
            environment={**os.environ, **settings.environment()},
            folder=ROOT,
        )
    )


def _rasa(settings: Settings, model: Path, folder: Path) -> Child:
    endpoints = folder / "endpoints.yml"
    url = f"http://127.0.0.1:{settings.actions_port}/webhook"
    memory = urlsplit(dialogues())
    store = {
        "type": "bot.lean.dialogues.Dialogues",
        "url": memory.hostname,
        "port": memory.port,
        "db": 15,
        "password": unquote(memory.password or "") or None,
    }
    endpoints.write_text(
        yaml.safe_dump(
            {"action_endpoint": {"url": url}, "tracker_store": {**store, "key_prefix": "sapa"}}
        ),
        encoding="utf-8",
    )
    files = ["--credentials", str(ROOT / "bot/credentials.yml"), "--endpoints", str(endpoints)]
    where = ["--interface", "127.0.0.1", "--port", str(settings.rasa_port)]
    run = [str(assistant.PYTHON), "-m", "bot.lean", "run", "--model", str(model)]
    return Child(
        Command(
            name="rasa",
            arguments=[*run, *where, *files],
            log=folder / "rasa.log",
            environment=assistant.environment(),
            folder=ROOT,
        )
    )
