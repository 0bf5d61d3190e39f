"""``sapa privacy``: what a customer may ask of the shop about their data (UU 27/2022)."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from channels import forgetting
from channels.cli.database import sessions
from channels.cli.errors import fail
from crm_core import customers, db, privacy
from crm_core.errors import CrmError
from crm_core.timeline import Actor

app = typer.Typer(
    help="Give a customer all that is stored about them, correct it, or forget them.",
    no_args_is_help=True,
)
ACTOR = Actor.system("sapa privacy")
Who = Annotated[
    str, typer.Argument(help="Phone number, e-mail, channel address or the customer's id.")
]


@app.command()
def export(
    who: Who,
    to: Annotated[Path | None, typer.Option(help="A file; default: standard output.")] = None,
) -> None:
    """Everything stored about one customer, as JSON."""
    with sessions() as (_, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                given = privacy.give(session, privacy.find(session, who), actor=ACTOR)
        except CrmError as error:
            raise fail(str(error)) from None
    text = json.dumps(given, ensure_ascii=False, indent=2)
    if to is None:
        typer.echo(text)
        return
    to.touch(mode=0o600)
    to.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"{sum(map(len, given['tables'].values()))} rows written to {to}")


@app.command()
def correct(
    who: Who,
    name: Annotated[str | None, typer.Option(help="What they are called.")] = None,
    phone: Annotated[str | None, typer.Option(help="The number to call.")] = None,
    email: Annotated[str | None, typer.Option(help="Where letters go.")] = None,
    language: Annotated[str | None, typer.Option(help="id or en.")] = None,
    zone: Annotated[str | None, typer.Option(help="WIB, WITA or WIT.")] = None,
    promo: Annotated[bool | None, typer.Option(help="Consent to promotions.")] = None,
) -> None:
    """Correct what is stored about one customer; each change is on record."""
    with sessions() as (_, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                one = privacy.find(session, who)
                if name is not None:
                    customers.rename(session, one, name, actor=ACTOR)
                if phone is not None:
                    customers.set_phone(session, one, phone, actor=ACTOR)
                if email is not None:
                    customers.set_email(session, one, email, actor=ACTOR)
                if language is not None:
                    customers.set_language(session, one, language, actor=ACTOR)
                if zone is not None:
                    customers.set_zone(session, one, zone, actor=ACTOR)
                if promo is not None:
                    customers.set_consent(session, one, promo=promo, actor=ACTOR)
                typer.echo(f"{one.public_id} corrected")
        except CrmError as error:
            raise fail(str(error)) from None


@app.command()
def erase(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget one customer for good: in the database, the files, the assistant and at Twilio.

    What cannot be deleted outside of the database now is named and tried again by the worker.

    Orders and the bank's statement stay as the books must, without saying whose they were.
    """
    if not yes:
        typer.confirm(f"Forget {who} for good?", abort=True)
    with sessions() as (settings, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                erased = privacy.erase(session, privacy.find(session, who), actor=ACTOR)
        except CrmError as error:
            raise fail(str(error)) from None
        forgetting.let_go(settings, partial(db.unit_of_work, make_session))
        with db.unit_of_work(make_session) as session:
            left = privacy.remaining(session)
    typer.echo(f"{sum(erased.rows.values())} rows and {len(erased.files)} files forgotten")
    for one in left:
        typer.echo(f"not yet gone, tried again: {one.count} of {one.kind}: {one.error}", err=True)
    if left:
        raise typer.Exit(1)
