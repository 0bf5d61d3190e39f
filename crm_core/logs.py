"""The log of every process: JSON lines without message bodies, phone numbers or tokens."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_NUMBER = re.compile(r"\+?\d{9,15}")
_SECRET_KEYS = frozenset({"body", "text", "token", "password", "authorization", "phone"})
_OPEN_KEYS = frozenset({"timestamp", "request_id", "provider_id"})
"""Ids that may look like telephone numbers; a message is followed through all logs by them."""


def _discreet(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Hide what a log must not hold (OWASP ASVS 16.2.5): a last net below careful callers."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "[hidden]"
        elif isinstance(value, str) and key not in _OPEN_KEYS:
            event[key] = _NUMBER.sub(lambda found: f"…{found[0][-3:]}", value)
    return event


def setup(level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to stderr as one JSON line each."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _discreet,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "twilio", "urllib3", "celery.app.trace", "celery.worker"):
        logging.getLogger(noisy).setLevel("WARNING")
