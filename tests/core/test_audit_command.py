"""``sapa audit verify``: what a person at the terminal learns about the history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from channels.cli.app import app
from crm_core import timeline
from crm_core.timeline import Actor
from tests.world import committed

Verify = Callable[[], Result]


@pytest.fixture
def verify(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Verify:
    """Runs ``sapa audit verify`` on the test database."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    return lambda: CliRunner().invoke(app, ["audit", "verify"])


def three_entries(session: Session) -> list[int]:
    return [
        timeline.record(
            session, subject="order", subject_id=number, action="placed", actor=Actor.system("test")
        ).id
        for number in range(3)
    ]


def test_an_untouched_history_is_sealed_and_said_to_be_whole(
    verify: Verify, database: sa.Engine
) -> None:
    committed(database, three_entries)
    done = verify()
    assert done.exit_code == 0
    assert "3 entries are as they were written" in done.output


def test_a_touched_entry_is_named_and_the_command_fails(
    verify: Verify, database: sa.Engine
) -> None:
    ids = committed(database, three_entries)
    assert verify().exit_code == 0
    with database.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.text("UPDATE timeline SET actor_name = 'someone' WHERE id = :id"), {"id": ids[1]}
        )
    done = verify()
    assert done.exit_code == 1
    assert f"entry {ids[1]} does not fit" in done.output
