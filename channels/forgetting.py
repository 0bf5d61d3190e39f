"""Letting go of what a forgotten customer left outside of the database.

Files, dialogues of the assistant, messages at the provider: each a row (``leftovers``) that was
written with the forgetting itself, so that neither a crash nor a provider that is away keeps
anything for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels import media, memory
from channels.senders import Refused
from channels.twilio.sender import TwilioSender
from crm_core import privacy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from crm_core.privacy import Taken
    from crm_core.settings import Settings

    UnitOfWork = Callable[[], AbstractContextManager[Session]]

AT_ONCE = 50


def let_go(settings: Settings, unit_of_work: UnitOfWork) -> int:
    """Let go of everything that is due; how many things could not be, and will be tried again."""
    left = 0
    while True:
        with unit_of_work() as session:
            taken = privacy.claim(session, AT_ONCE)
        if not taken:
            return left
        for one in taken:
            reason = _let_go(settings, one)
            with unit_of_work() as session:
                if reason is None:
                    privacy.gone(session, one.leftover_id)
                else:
                    privacy.stays(session, one.leftover_id, reason)
                    left += 1


def _let_go(settings: Settings, one: Taken) -> str | None:
    """None when it is gone, or the reason why it is not."""
    if one.kind == "file":
        return _unlink(settings, one.reference)
    if one.kind == "dialogue":
        return None if memory.forget(settings, [one.reference]) else "Redis is away"
    try:
        sender = TwilioSender.of(settings)
    except Refused as refused:
        return refused.reason
    return None if sender.forget(one.reference) else "Twilio did not delete it"


def _unlink(settings: Settings, path: str) -> str | None:
    file = media.stored_file(settings, path)
    try:
        if file is not None:
            file.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
