"""The hash chain over the timeline: whoever changes history must break it.

Entries are sealed a little later, in one line, so that recording one never waits for another. The
chain cannot show that its own end was cut off together with the newest entries; for that, compare
``head`` with a copy noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from typing import cast

from sqlalchemy import Exists, func, select
from sqlalchemy.orm import Session

from crm_core.db import lock_key
from crm_core.timeline.models import Entry, Seal

LATE = 100_000
"""A transaction may commit its entry after this many younger ones and still be sealed."""
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Verification:
    """``broken_at`` is the first entry that does not fit the chain, None if all do.

    ``unsealed`` entries wait for the next sealing; ``head`` is the last link in hexadecimal.
    """

    checked: int
    unsealed: int
    broken_at: int | None
    head: str


def seal(session: Session, limit: int = BATCH) -> int:
    """Link up to ``limit`` entries that are not in the chain yet; returns how many."""
    lock_key(session, "timeline_seals")
    last = session.scalars(select(Seal).order_by(Seal.position.desc()).limit(1)).first()
    position, digest = (last.position, last.digest) if last is not None else (0, b"")
    newest = session.scalar(select(func.max(Seal.entry_id))) or 0
    query = (
        select(Entry).where(Entry.id > newest - LATE, ~_sealed()).order_by(Entry.id).limit(limit)
    )
    entries = session.scalars(query).all()
    for entry in entries:
        position, digest = position + 1, _link(digest, entry)
        session.add(Seal(position=position, entry_id=entry.id, digest=digest))
    session.flush()
    return len(entries)


def verify(session: Session) -> Verification:
    """Walk the whole chain and compare every link with its entry."""
    unsealed = session.scalar(select(func.count()).select_from(Entry).where(~_sealed())) or 0
    rows = session.execute(
        select(Seal, Entry)
        .outerjoin(Entry, Entry.id == Seal.entry_id)
        .order_by(Seal.position)
        .execution_options(yield_per=BATCH, populate_existing=True)
    )
    checked, digest = 0, b""
    with closing(rows):
        for link, joined in rows:
            entry = cast("Entry | None", joined)  # the outer join finds none for a removed entry
            digest = _link(digest, entry) if entry is not None else b""
            if link.position != checked + 1 or digest != link.digest:
                return Verification(checked, unsealed, link.entry_id, digest.hex())
            checked += 1
    return Verification(checked, unsealed, None, digest.hex())


def _sealed() -> Exists:
    return select(Seal.position).where(Seal.entry_id == Entry.id).exists()


def _link(before: bytes, entry: Entry) -> bytes:
    told = [
        entry.id, entry.at.astimezone(UTC).isoformat(), entry.subject, entry.subject_id,
        entry.action, entry.actor_kind, entry.actor_id, entry.actor_name, entry.customer_id,
        entry.cause, entry.facts,
    ]  # fmt: skip
    written = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + written.encode()).digest()
