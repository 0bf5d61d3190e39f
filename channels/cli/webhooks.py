"""``sapa webhooks``: which programs hear what happens, what they did not take, sending it again."""

from __future__ import annotations

from typing import Annotated

import typer

from channels.cli.database import sessions
from channels.cli.errors import fail
from channels.webhooks import trying_out
from crm_core import db, webhooks
from crm_core.errors import CrmError
from crm_core.timeline import Actor
from crm_core.webhooks import TYPES, DeliveryState

app = typer.Typer(help="Programs that hear what happens in the shop.", no_args_is_help=True)

ACTOR = Actor.system("sapa webhooks")
Number = Annotated[str, typer.Argument(help="The receiver's id, as `list` shows it.")]


@app.command("types")
def types_() -> None:
    """All events that can be heard."""
    width = max(map(len, TYPES))
    for kind, told in webhooks.EVENTS.items():
        typer.echo(f"{kind:<{width}}  {told.text}")


@app.command("list")
def list_() -> None:
    """All receivers, with what waits and what was given up."""
    with sessions() as (_, make_session), make_session() as session:
        found = webhooks.endpoints(session)
    for one in found:
        why = f" ({one.why_paused})" if one.why_paused else ""
        typer.echo(f"{one.id}  {one.state}{why}  waiting {one.pending}  dead {one.dead}  {one.url}")
        typer.echo(f"  {', '.join(one.types)}")
    if not found:
        typer.echo("nobody is told anything")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to post: https, a public host.")],
    types: Annotated[list[str], typer.Argument(help="Events, see `types`; `all` for every one.")],
    note: Annotated[str, typer.Option(help="Which program it is.")] = "",
) -> None:
    """Tell another program; prints its secret."""
    chosen = list(TYPES) if types == ["all"] else types
    with sessions() as (settings, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                loopback = trying_out(settings)
                made = webhooks.add(session, url, chosen, actor=ACTOR, loopback=loopback, note=note)
                told = made.public_id, made.secret
        except CrmError as error:
            raise fail(str(error)) from None
    typer.echo(f"id      {told[0]}\nsecret  {told[1]}")


@app.command()
def resume(receiver: Number) -> None:
    """Post to a paused receiver again, with all that has waited."""
    with sessions() as (_, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                found = webhooks.by_public_id(session, receiver)
                webhooks.resume(session, found, actor=ACTOR)
        except CrmError as error:
            raise fail(str(error)) from None
    typer.echo("resumed")


@app.command()
def retry(receiver: Number) -> None:
    """Send everything again that was given up for a receiver."""
    count = 0
    with sessions() as (_, make_session):
        try:
            with db.unit_of_work(make_session) as session:
                found = webhooks.by_public_id(session, receiver)
                while page := webhooks.deliveries(
                    session, endpoint_id=receiver, state=DeliveryState.DEAD, limit=200
                ).items:
                    for one in page:
                        webhooks.resend(session, found, one.id)
                    count += len(page)
        except CrmError as error:
            raise fail(str(error)) from None
    typer.echo(f"{count} event(s) will be sent again")


@app.command()
def seal() -> None:
    """Seal all secrets with the present secret key, after it was changed."""
    with sessions() as (_, make_session), db.unit_of_work(make_session) as session:
        done, shut = webhooks.seal_anew(session)
        lost = [f"{one.public_id}  {one.url}" for one in shut]
    typer.echo(f"{done} secret(s) sealed anew")
    if lost:
        raise fail("no key opens these; give them a new secret:\n" + "\n".join(lost))
