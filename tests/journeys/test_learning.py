"""Another model is put in place while customers write: Rasa loads it, nobody goes unanswered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.twin import Twin
from crm_core.conversations import Turn
from crm_core.settings import ROOT
from tests.fakes import running
from tests.journeys.conftest import Sapa
from tests.journeys.customers import Books, Customer, eventually, twilio_settings

pytestmark = pytest.mark.journey


def test_a_new_model_is_loaded_by_a_running_shop_and_no_turn_is_lost(
    start_sapa: Callable[..., Sapa], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(ROOT / ".sapa" / "models", models)
    with running(Twin()) as twilio:
        shop = start_sapa("learning", model_dir=models, **twilio_settings(twilio)).wait_ready()
        books = Books(shop)
        people = [Customer(shop, twilio, f"+62812345610{number:02d}") for number in range(5)]
        assert "Halo" in people[0].says("halo kak")
        before = shop.running().children["rasa"][0]

        fresh = models / "fresh.tar.gz"
        shutil.copyfile(models / "assistant.tar.gz", fresh)
        fresh.replace(models / "assistant.tar.gz")  # as a training that was taken does it
        for person in people[:3]:
            person.sends("busi beat 2019 ada?")
        eventually(lambda: shop.running().children["rasa"][0] != before, "Rasa is another process")
        for person in people[3:]:
            person.sends("busi beat 2019 ada?")
        for person in people:
            books.settles(person)

        with books.work() as session:
            ends = set(session.scalars(sa.select(Turn.state)))
        assert ends == {"answered"}
        for person in people:
            assert "Busi" in person.inbox()[-1]
            assert len(person.inbox()) == (2 if person is people[0] else 1)
        assert "the assistant has learned" in shop.screen.read_text()
        assert shop.process.poll() is None
        books.close()
