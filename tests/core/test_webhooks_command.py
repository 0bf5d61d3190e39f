"""``sapa webhooks``: what a person or a script at the terminal gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from channels.cli.webhooks import app
from crm_core import webhooks
from crm_core.webhooks import TYPES, DeliveryState, WebhookDelivery, WebhookEndpoint
from tests import selling
from tests.world import committed

Sapa = Callable[..., Result]
URL = "https://erp.example/sapa"


@pytest.fixture
def sapa(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sapa:
    """Runs ``sapa webhooks …`` on the test database."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(app, [*arguments])


def only(database: sa.Engine) -> WebhookEndpoint:
    query = sa.select(WebhookEndpoint)
    return committed(database, lambda session: session.scalars(query).one())


def test_a_receiver_is_added_with_its_secret_printed_and_listed(
    sapa: Sapa, database: sa.Engine
) -> None:
    added = sapa("add", URL, "all", "--note", "ERP")
    row = only(database)
    assert (row.types, row.note) == (list(TYPES), "ERP")
    assert row.secret in added.output
    listed = sapa("list").output
    assert row.public_id in listed
    assert URL in listed
    assert row.secret not in listed


def test_an_address_that_leads_inside_is_refused(sapa: Sapa, database: sa.Engine) -> None:
    refused = sapa("add", "https://10.0.0.1/", "order.paid")
    assert refused.exit_code == 1
    assert "webhook_url_private" in refused.output
    assert committed(database, webhooks.endpoints) == []


def test_everything_that_was_given_up_is_sent_again(sapa: Sapa, database: sa.Engine) -> None:
    sapa("add", URL, "stock.changed")
    committed(database, lambda session: selling.part(session, pieces=3) and None)
    committed(database, lambda session: selling.part(session, selling.FILTER) and None)
    dead = sa.update(WebhookDelivery).values(state=DeliveryState.DEAD, attempts=9)
    committed(database, lambda session: session.execute(dead) and None)
    assert "2 event(s) will be sent again" in sapa("retry", only(database).public_id).output
    query = sa.select(WebhookDelivery.state, WebhookDelivery.attempts)
    rows = committed(database, lambda session: session.execute(query).all())
    assert rows == [(DeliveryState.PENDING, 0)] * 2


def test_an_unknown_receiver_is_said_to_be_unknown(sapa: Sapa) -> None:
    for command in "resume", "retry":
        refused = sapa(command, "nonsense")
        assert refused.exit_code == 1
        assert "webhook_not_found" in refused.output


def test_secrets_are_sealed_anew_after_the_key_was_changed(
    sapa: Sapa, database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPA_SECRET_KEY", "the first key")
    sapa("add", URL, "stock.changed")
    secret = only(database).secret
    monkeypatch.setenv("SAPA_SECRET_KEY", "the second key")
    lost = sapa("seal")
    assert lost.exit_code == 1
    assert URL in lost.output
    monkeypatch.setenv("SAPA_FORMER_SECRET_KEY", "the first key")
    assert "1 secret(s) sealed anew" in sapa("seal").output
    monkeypatch.delenv("SAPA_FORMER_SECRET_KEY")
    assert "1 secret(s) sealed anew" in sapa("seal").output
    assert only(database).secret == secret
