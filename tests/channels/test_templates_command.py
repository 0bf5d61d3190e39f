"""``sapa templates``: hand in, look again, list, and one line when Twilio does not do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from channels.cli.templates import app
from channels.twilio import sender
from channels.twin import Trouble, Twin
from crm_core import notices
from tests.forms import ACCOUNT, SHOP_WHATSAPP, TOKEN

Sapa = Callable[..., Result]


@pytest.fixture
def sapa(
    database: sa.Engine,
    database_url: str,
    tmp_path: Path,
    twilio_server: Twin,
    monkeypatch: pytest.MonkeyPatch,
) -> Sapa:
    """Runs ``sapa templates …`` on the test database and the twin."""
    values = {
        "DATABASE_URL": database_url,
        "DATA_DIR": tmp_path,
        "SENDER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": SHOP_WHATSAPP,
        "TWILIO_API_URL": twilio_server.url,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"SAPA_{name}", str(value))

    def run(*arguments: str) -> Result:
        sender.close_all()
        return CliRunner().invoke(app, [*arguments])

    return run


def test_a_notice_is_handed_in_in_one_language_and_listed(sapa: Sapa, twilio_server: Twin) -> None:
    template = notices.template("payment_accepted", "id")
    assert template is not None
    done = sapa("submit", "payment_accepted", "--language", "id")
    assert done.stdout.split() == ["received", template.name]
    [content] = twilio_server.book.contents.values()
    assert content.types == {"twilio/text": {"body": template.body}}
    content.approval = "approved"
    assert sapa("check").stdout.splitlines() == [
        f"approved       {template.name}", "1 of 1 approved",
    ]  # fmt: skip
    listed = sapa("list").stdout.splitlines()
    assert f"approved       {template.name}" in listed
    assert listed[-1] == f"1 of {len(notices.templates())} approved"


def test_what_cannot_be_a_template_is_refused_and_nothing_is_handed_in(
    sapa: Sapa, twilio_server: Twin
) -> None:
    refused = sapa("submit", "sign_in_code")
    assert refused.exit_code == 1
    assert "not a notice that can be a template: sign_in_code" in refused.stderr
    assert twilio_server.book.contents == {}


def test_when_twilio_is_away_it_is_said_in_one_line(sapa: Sapa, twilio_server: Twin) -> None:
    twilio_server.troubles.append(Trouble(503, on="content"))
    refused = sapa("submit", "payment_accepted")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("sapa: Twilio did not do it: ")
    assert "HTTP 503" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert twilio_server.book.contents == {}
