"""E-mail to customers: written in both languages, queued as rows, sent by the worker."""

from crm_core.mails.models import Mail
from crm_core.mails.service import (
    Letter,
    by_public_id,
    claim,
    due,
    latest,
    mark_failed,
    mark_sent,
    of_order,
    postpone,
    queue,
    release_lost,
)
from crm_core.mails.writing import Written, write

__all__ = [
    "Letter",
    "Mail",
    "Written",
    "by_public_id",
    "claim",
    "due",
    "latest",
    "mark_failed",
    "mark_sent",
    "of_order",
    "postpone",
    "queue",
    "release_lost",
    "write",
]
