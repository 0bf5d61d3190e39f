"""What was done once stays done once, even if the request to do it comes again.

An effect is stored under its key in the transaction that makes it, so a turn that is run again
after a crash gets the first result instead of a second order.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm_core import clock
from crm_core.db import Base, announced
from crm_core.errors import Conflict


class Effect(Base):
    """The result of one thing done under ``key``."""

    __tablename__ = "effects"

    key: Mapped[str] = mapped_column(primary_key=True)
    turn_id: Mapped[int | None] = mapped_column(
        ForeignKey("turns.id", ondelete="SET NULL"), index=True
    )
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


_table = cast(Table, Effect.__table__)
_CLAIM = (
    insert(_table)
    .values({name: bindparam(name) for name in ("key", "turn_id", "created_at")})
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_table.c.key)
)
_KEEP = (
    update(_table)
    .where(_table.c.key == bindparam("done_key"))
    .values(result=bindparam("done", type_=JSONB))
)


def once(
    session: Session,
    key: str,
    make: Callable[[], dict[str, Any]],
    *,
    turn_id: int | None = None,
    fatal: bool = False,
) -> tuple[dict[str, Any], bool]:
    """Do ``make`` unless it was done under ``key``: (its JSON result, whether it was done now).

    A parallel call with the same key waits for the first to commit or to fail. If ``make`` raises,
    nothing of it remains (rows, announcements) and the key is free again, also when the caller
    goes on with the session. ``fatal``: the caller never does; what ``make`` raises ends the whole
    transaction, so that it needs no savepoint.
    """
    told = len(announced(session))
    try:
        with nullcontext() if fatal else session.begin_nested():
            given = {"key": key, "turn_id": turn_id, "created_at": clock.now()}
            session.flush()
            claimed = session.execute(_CLAIM, given).first()
            if claimed is not None:
                result = make()
                session.flush()
                session.execute(_KEEP, {"done_key": key, "done": result})
                return result, True
    except BaseException:
        del announced(session)[told:]
        raise
    stored = session.execute(select(Effect.result).where(Effect.key == key)).scalar_one()
    if stored is None:  # only from inside its own make
        raise Conflict("effect_in_progress", key=key)
    return stored, False


def keys_of_turn(session: Session, turn_id: int) -> list[str]:
    """The keys under which something was done in a turn, in their order."""
    query = select(Effect.key).where(Effect.turn_id == turn_id, Effect.result.is_not(None))
    return list(session.scalars(query.order_by(Effect.created_at, Effect.key)))


def for_turn(session: Session, turn_id: int) -> list[dict[str, Any]]:
    """The results of a turn's effects, in the order they were made."""
    query = (
        select(Effect.result)
        .where(Effect.turn_id == turn_id, Effect.result.is_not(None))
        .order_by(Effect.created_at, Effect.key)
    )
    return [result for result in session.execute(query).scalars() if result is not None]
