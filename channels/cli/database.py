"""``sapa db``: migrations, backup and restore; and the session that other commands work in."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from sqlalchemy.orm import Session

from channels.cli.errors import explained, fail, load_settings
from channels.supervisor import services
from channels.supervisor.embedded import EmbeddedPostgres
from crm_core import clock, db, sealing
from crm_core.settings import Settings

app = typer.Typer(help="The database: schema, backup, restore.", no_args_is_help=True)


@contextlib.contextmanager
def sessions() -> Iterator[tuple[Settings, db.Sessions]]:
    """The settings in use and sessions on the shop's database; failures become one line.

    Finds the running embedded server or starts it for the duration, and migrates it if needed.
    """
    with explained(), services.database(load_settings()) as settings:
        url = url_of(settings)
        db.upgrade(url)
        sealing.use(*settings.secret_keys())
        engine = db.engine_for(url)
        try:
            yield settings, db.sessions(engine)
        finally:
            engine.dispose()


@contextlib.contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction on the shop's database, committed at the end; see :func:`sessions`."""
    with sessions() as (_, make_session), db.unit_of_work(make_session) as session:
        yield session


@app.command()
def upgrade() -> None:
    """Bring the schema to the newest version."""
    with explained(), services.database(load_settings()) as settings:
        db.upgrade(url_of(settings))
    typer.echo("the schema is up to date")


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; default: DATA_DIR/backups/<time>.dump")
    ] = None,
) -> None:
    """Write the whole database into one file (PostgreSQL's custom format)."""
    settings = load_settings()
    target = file or settings.data_dir / "backups" / f"{_stamp(clock.now())}.dump"
    if target.exists():
        raise fail(f"{target} exists already")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    draft.touch(mode=0o600)
    with explained(), services.database(settings) as settings:
        _tool(settings, "pg_dump", "--format=custom", f"--file={draft}")
    draft.replace(target)
    typer.echo(f"{target} ({target.stat().st_size:,} bytes)")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file made by `sapa db backup`", exists=True)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the whole database by a backup. Stop the shop first."""
    if not yes:
        typer.confirm("This replaces everything in the database. Go on?", abort=True)
    settings = load_settings()
    with explained(), services.database(settings) as settings:
        flags = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
        _tool(
            settings, "pg_restore", *flags, f"--dbname={url_of(settings).rsplit('/', 1)[1]}", file
        )
        db.upgrade(url_of(settings))
    typer.echo(f"restored from {file}")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def url_of(settings: Settings) -> str:
    """The database's address; ends the command when there is none."""
    if settings.database_url is None:
        raise fail("there is no database address")
    return settings.database_url


def _tool(settings: Settings, program: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's own tools on the database; its words are shown when it fails."""
    address = urlsplit(url_of(settings))
    environment = {
        **os.environ,
        "PGHOST": address.hostname or "127.0.0.1",
        "PGPORT": str(address.port or 5432),
        "PGUSER": unquote(address.username or ""),
        "PGPASSWORD": unquote(address.password or ""),
        "PGDATABASE": address.path.lstrip("/"),
    }
    done = subprocess.run(
        [str(EmbeddedPostgres.programs() / program), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise fail(f"{program}: {done.stderr.strip() or 'failed'}")
