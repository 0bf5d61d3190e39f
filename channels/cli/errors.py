"""One clear line for every failure of a command, and a non-zero exit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import typer
from rich.console import Console
from sqlalchemy.exc import OperationalError

from channels.supervisor.folder import FolderInUseError
from channels.supervisor.processes import StartError
from crm_core.errors import CrmError
from crm_core.settings import Settings, SettingsError

errors = Console(stderr=True, highlight=False, soft_wrap=True)

SENTENCES = {
    "email_taken": "somebody already has this e-mail address",
    "email_invalid": "this is not an e-mail address",
    "password_weak": "the password is too weak: take at least 12 characters, not your address",
    "role_unknown": "the role must be agent, manager or admin",
    "staff_not_found": "nobody has this e-mail address",
    "bank_account_unknown": "this account is not the shop's; nothing was stored",
    "bank_account_needed": "the file names no account, so give --account; nothing was stored",
    "bank_columns_invalid": "the table of bank columns in the data folder is wrong",
    "statement_empty": "the file is empty",
    "statement_too_large": "the file is too large; export a shorter period",
    "statement_not_text": "this is no CSV or MT940 file; export the statement as CSV",
    "statement_unknown": "no statement columns found; known are BCA, Mandiri, BRI (CSV), MT940",
    "statement_no_rows": "the file holds no transactions",
    "statement_currency": "the file is not in rupiah",
    "statement_shape_differs": "these days were already read from another kind of file",
    "day_invalid": "the day is not a date such as 2026-11-21",
    "nothing_to_learn": "nothing is labelled that the assistant has not learned already",
    "training_busy": "a training is running already",
}
"""What a core error means at the command line; others are shown with their code and facts."""


def fail(message: str) -> typer.Exit:
    """Print ``message`` and give the exception to raise: ``raise fail("…")``."""
    errors.print(f"[red]sapa:[/] {message}", markup=True)
    return typer.Exit(1)


def explain(error: CrmError) -> str:
    """One sentence for an error of the core."""
    facts = ", ".join(f"{name} {value}" for name, value in error.facts.items())
    sentence = SENTENCES.get(error.code, error.code.replace("_", " "))
    return f"{sentence} ({facts})" if facts else sentence


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn expected failures into one line each; anything else is a fault and keeps its trace."""
    try:
        yield
    except SettingsError as error:
        raise fail(str(error)) from None
    except CrmError as error:
        raise fail(explain(error)) from None
    except (StartError, FolderInUseError) as error:
        log = getattr(error, "log", None)
        raise fail(f"{error}{f'; see {log}' if log else ''}") from None
    except OperationalError as error:
        raise fail(f"the database does not answer: {str(error.orig).splitlines()[0]}") from None


def load_settings(**changes: Any) -> Settings:
    """The settings with a command's options in place of their values (None: not given)."""
    given = {name: value for name, value in changes.items() if value is not None}
    with explained():
        return Settings.load(**given)
