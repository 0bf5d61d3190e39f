"""Alembic's environment: always on the connection that :mod:`crm_core.db` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from crm_core import models
from crm_core.db import RupiahType, UTCDateTime


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write our own types as what they are in the database: a migration must not change later."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, RupiahType):
        return "sa.BigInteger()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Base.metadata,
    render_item=render_item,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
