"""``sapa privacy``: export, correct, erase one customer from the terminal, outside copies too."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
import time_machine
from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from channels import forgetting, memory
from channels.cli.privacy import app
from channels.twin import Twin
from channels.twin.ledger import Sent
from crm_core import clock, conversations, customers, db, privacy
from crm_core.conversations import InboundMedia
from crm_core.customers import Customer
from crm_core.settings import Settings
from tests import factories, selling
from tests.fakes import running
from tests.forms import ACCOUNT, TOKEN
from tests.world import committed

Sapa = Callable[..., Result]
PHOTO = InboundMedia(None, "image/jpeg", "media/aa/proof.jpg", "a" * 64, 5)


@pytest.fixture
def sapa(
    database: sa.Engine,
    database_url: str,
    valkey_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Sapa:
    """Runs ``sapa privacy …`` on the test database, where Budi has written once."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_REDIS_URL", valkey_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    (tmp_path / "media" / "aa").mkdir(parents=True)
    (tmp_path / "media" / "aa" / "proof.jpg").write_bytes(b"photo")

    def write(session: Session) -> None:
        talk = factories.received(session, "halo", media=(PHOTO,), profile_name="Budi").conversation
        talk.provider = "loopback"

    committed(database, write)
    return lambda *arguments: CliRunner().invoke(app, [*arguments])


def budi(database: sa.Engine) -> Customer:
    return committed(database, lambda session: session.scalars(sa.select(Customer)).one())


def test_an_export_is_written_to_a_file_that_only_its_owner_reads(
    sapa: Sapa, tmp_path: Path
) -> None:
    target = tmp_path / "budi.json"
    done = sapa("export", "0812-3456-7890", "--to", str(target))
    assert done.exit_code == 0, done.output
    assert target.stat().st_mode & 0o777 == 0o600
    given = json.loads(target.read_text(encoding="utf-8"))
    assert given["tables"]["messages"][0]["text"] == "halo"
    assert given["files"] == ["media/aa/proof.jpg"]


def test_an_export_without_a_file_goes_to_standard_output(sapa: Sapa) -> None:
    assert json.loads(sapa("export", factories.BUDI).stdout)["tables"]["customers"]


def test_a_correction_changes_what_is_named_only(sapa: Sapa, database: sa.Engine) -> None:
    done = sapa(
        "correct", factories.BUDI, "--name", "Budi Santoso", "--zone", "WITA", "--language", "en"
    )
    assert done.exit_code == 0, done.output
    one = budi(database)
    assert (one.name, one.zone, one.language, one.email) == ("Budi Santoso", "WITA", "en", None)


def test_a_correction_that_is_refused_changes_nothing(sapa: Sapa, database: sa.Engine) -> None:
    done = sapa("correct", factories.BUDI, "--name", "Budi Santoso", "--email", "bukan")
    assert done.exit_code == 1
    assert budi(database).name == "Budi"


def test_erasing_forgets_files_and_the_assistants_memory_too(
    sapa: Sapa, database: sa.Engine, valkey_url: str, tmp_path: Path
) -> None:
    def talk_of(session: Session) -> str:
        talk = conversations.of_address(session, factories.BUDI)
        assert talk is not None
        for message in conversations.latest(session, talk.id):
            session.get_one(conversations.Message, message.id).provider = "loopback"
        return talk.public_id

    public_id = committed(database, talk_of)
    key = memory.KEY.format(sender=public_id)
    cache = redis.Redis.from_url(valkey_url.rpartition("/")[0] + f"/{memory.DATABASE}")
    cache.set(key, "{}")
    done = sapa("erase", factories.BUDI, "--yes")
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "media" / "aa" / "proof.jpg").exists()
    assert cache.get(key) is None
    assert budi(database).name is None


def test_erasing_deletes_the_messages_at_twilio(
    sapa: Sapa, database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = sa.select(conversations.Message.provider_id)
    sid = committed(database, lambda session: session.scalars(query).one())
    with running(Twin()) as twin:
        one = Sent(
            sid=str(sid),
            to=twin.whatsapp,
            sender=factories.BUDI,
            body="halo",
            status="received",
            status_callback=None,
            created_at=datetime.now(UTC),
        )
        twin.book.sent.append(one)
        monkeypatch.setenv("SAPA_SENDER", "twilio")
        monkeypatch.setenv("SAPA_TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("SAPA_TWILIO_AUTH_TOKEN", TOKEN)
        monkeypatch.setenv("SAPA_TWILIO_API_URL", twin.url)
        monkeypatch.setenv("SAPA_TWILIO_WHATSAPP_FROM", twin.whatsapp)
        done = sapa("erase", factories.BUDI, "--yes")
        assert twin.ledger == []
    assert done.exit_code == 0, done.output


def test_what_could_not_be_deleted_at_twilio_is_said(sapa: Sapa, database: sa.Engine) -> None:
    done = sapa("erase", factories.BUDI, "--yes")
    assert done.exit_code == 1
    assert "1 of message: no Twilio account is set" in done.output
    assert budi(database).name is None


def test_what_could_not_be_deleted_goes_once_twilio_is_there_and_its_pause_is_over(
    sapa: Sapa, database: sa.Engine
) -> None:
    sapa("erase", factories.BUDI, "--yes")
    work = partial(db.unit_of_work, sessionmaker(database))
    with running(Twin()) as twin:
        settings = Settings(
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_api_url=twin.url,
            twilio_whatsapp_from=twin.whatsapp,
        )
        assert forgetting.let_go(settings, work) == 0
        assert [one.kind for one in committed(database, privacy.remaining)] == ["message"]
        with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
            assert forgetting.let_go(settings, work) == 0
    assert committed(database, privacy.remaining) == []


def test_without_a_yes_nothing_is_forgotten(sapa: Sapa, database: sa.Engine) -> None:
    assert sapa("erase", factories.BUDI).exit_code == 1
    assert budi(database).name == "Budi"


def test_an_open_order_is_named_and_nothing_is_forgotten(sapa: Sapa, database: sa.Engine) -> None:
    def order(session: Session) -> str:
        selling.part(session)
        selling.account(session)
        one = customers.for_address(session, "whatsapp", factories.BUDI)
        return selling.placed(session, one)[0].order_code

    code = committed(database, order)
    done = sapa("erase", factories.BUDI, "--yes")
    assert done.exit_code == 1
    assert code in done.output
    assert budi(database).name == "Budi"


def test_nobody_is_not_found(sapa: Sapa) -> None:
    done = sapa("export", "0899-0000-0000")
    assert done.exit_code == 1
    assert "customer_not_found" in done.output
