"""``sapa templates``: the shop's notices as templates that WhatsApp approves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from channels.cli.database import sessions
from channels.cli.errors import fail
from channels.context import Context
from channels.senders import Refused
from channels.twilio import templates as whatsapp
from channels.twilio.contents import NotMade
from channels.twilio.templates import Standing
from crm_core import notices

app = typer.Typer(
    help="Notices as WhatsApp templates, for customers who wrote more than 24 hours ago.",
    no_args_is_help=True,
)


@app.command("list")
def list_() -> None:
    """Show every template that the shop can have, and WhatsApp's word on it."""
    with _here() as here, here.unit_of_work() as session:
        _print(whatsapp.standings(session, here.settings))


@app.command("submit")
def submit(
    chosen: Annotated[
        list[str] | None, typer.Argument(help="Notices such as payment_accepted; none: all.")
    ] = None,
    language: Annotated[str, typer.Option(help="id, en, or both.")] = "both",
) -> None:
    """Hand notices in for review; those handed in before are only looked at again.

    WhatsApp takes minutes to a day. A notice whose words have changed is a new template.
    """
    wanted = set(chosen or [])
    unknown = wanted - {one.notice for one in notices.templates()}
    if unknown:
        raise fail(f"not a notice that can be a template: {', '.join(sorted(unknown))}")
    with _here() as here:
        for template in notices.templates():
            spoken = language in {"both", template.language}
            if spoken and (not wanted or template.notice in wanted):
                typer.echo(f"{whatsapp.hand_in(here, template):14} {template.name}")


@app.command("check")
def check() -> None:
    """Ask Twilio how the review of every template stands."""
    with _here() as here:
        _print(whatsapp.look_again(here))


@contextmanager
def _here() -> Iterator[Context]:
    with sessions() as (settings, _):
        here = Context(settings)
        try:
            yield here
        except (NotMade, Refused) as error:
            raise fail(f"Twilio did not do it: {error}") from None
        finally:
            here.close()


def _print(standings: list[Standing]) -> None:
    for one in standings:
        typer.echo(f"{one.approval:14} {one.template.name}")
    approved = sum(one.approval == "approved" for one in standings)
    typer.echo(f"{approved} of {len(standings)} approved")
