"""A list that came as a file, read before the assistant is asked: cells become lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from channels import media
from channels.rasa import BotUnavailable
from crm_core import catalogue, conversations
from crm_core.errors import InvalidInput

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.conversations import Work

log = structlog.get_logger(__name__)


def of_turn(here: Context, work: Work) -> dict[str, Any] | None:
    """What the latest list among the messages of a turn holds; None if none came.

    ``{"lines": […], "media_ids": […]}`` or ``{"error": code, "facts": {…}, "media_ids": […]}``;
    ``media_ids`` are the lists themselves, which are no proof of anything. A file that is still at
    the provider is fetched first; BotUnavailable("media_pending") while it cannot be had.
    """
    found = _lists(here, work)
    if not found:
        return None
    for media_id, state in found:
        if state == "pending":
            media.fetch(here, media_id)
    ids = [media_id for media_id, _ in found]
    with here.unit_of_work() as session:
        row = conversations.media_by_id(session, ids[-1])
        state, path, error = row.state, row.path, row.error
    if state == "pending":
        raise BotUnavailable("media_pending")
    file = media.stored_file(here.settings, path) if path else None
    if file is None:
        known = error if error and error.startswith("list_") else "list_file_unreadable"
        return {"error": known, "facts": {}, "media_ids": ids}
    try:
        lines = catalogue.read_file(file.read_bytes())
    except InvalidInput as refused:
        log.info("list_refused", media_id=ids[-1], reason=refused.code)
        return {"error": refused.code, "facts": refused.facts, "media_ids": ids}
    return {"lines": catalogue.as_json(lines), "media_ids": ids}


def _lists(here: Context, work: Work) -> list[tuple[int, str]]:
    if not set(work.kinds) - {"text"}:
        return []  # messages without a file
    with here.unit_of_work() as session:
        return [
            (row.id, row.state)
            for row in conversations.media_of(session, work.message_ids)
            if catalogue.is_list_type(row.content_type)
        ]
