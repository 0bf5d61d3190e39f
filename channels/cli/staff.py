"""``sapa staff``: accounts of the people who work in the console."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from channels.cli.database import unit_of_work
from channels.cli.errors import fail
from crm_core import staff
from crm_core.timeline import Actor

app = typer.Typer(help="People who work in the console.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


class Role(StrEnum):
    """What somebody may do; see `crm_core.staff.rules`."""

    agent = "agent"
    manager = "manager"
    admin = "admin"


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="The login.")],
    role: Annotated[Role, typer.Option(help="What this person may do.")],
    name: Annotated[str, typer.Option(help="Default: the part before the @.")] = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a person; asks for the password unless --password-stdin is given."""
    password = _password(from_stdin=password_stdin)
    with unit_of_work() as session:
        added = staff.add(
            session,
            email=email,
            name=name or email.partition("@")[0],
            role=role.value,
            password=password,
            actor=Actor.system("sapa staff add"),
        )
        typer.echo(f"{added.email} added as {added.role}")


@app.command()
def password(
    email: Annotated[str, typer.Argument(help="The login.")],
    password_stdin: PasswordStdin = False,
) -> None:
    """Set a new password; the person's open sessions end."""
    new = _password(from_stdin=password_stdin)
    with unit_of_work() as session:
        person = staff.by_email(session, email)
        staff.set_password(session, person, new, actor=Actor.system("sapa staff password"))
        typer.echo(f"{person.email} has a new password")


@app.command("list")
def list_() -> None:
    """List all accounts."""
    with unit_of_work() as session:
        for person in staff.listing(session):
            closed = "" if person.active else "  (closed)"
            typer.echo(f"{person.email}  {person.role}  {person.name}{closed}")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise fail("no password came on standard input")
        return line
    if not sys.stdin.isatty():
        raise fail("give the password with --password-stdin, or run this in a terminal")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
