"""What has to be forgotten outside of the database: files, dialogues, messages at the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels import media, memory
from channels.senders import Refused
from channels.twilio.sender import TwilioSender

if TYPE_CHECKING:
    from crm_core.privacy import Erased
    from crm_core.settings import Settings


def outside(settings: Settings, erased: Erased) -> list[str]:
    """Forget what lies outside of the database; what could not be is returned, in words."""
    left = []
    for path in erased.files:
        file = media.stored_file(settings, path)
        if file is not None:
            file.unlink()
    if not memory.forget(settings, erased.conversations):
        left.append(f"dialogues of the assistant: {', '.join(erased.conversations)}")
    sids = erased.messages.get("twilio", ())
    if sids:
        try:
            sender = TwilioSender.of(settings)
        except Refused:
            return [*left, f"{len(sids)} messages at Twilio: no account is set"]
        kept = [sid for sid in sids if not sender.forget(sid)]
        if kept:
            left.append(f"messages at Twilio: {', '.join(kept)}")
    return left
