"""Proof photos against all that were sent for other payments before: a hint, never a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import BigInteger, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.orm import Session, aliased

from crm_core import clock
from crm_core.conversations.models import Media
from crm_core.orders import Order
from crm_core.payments import service
from crm_core.payments.models import Payment, ProofLikeness, TransferReport
from crm_core.timeline import Actor

Kind = Literal["same", "copy", "edited"]

ALIKE_BITS = 18
"""Of 64: a cut or edited copy differs in up to 16 of them, an unlike picture in 21 and more."""
LOOK_BACK = timedelta(days=365)
MOST_COMPARED = 60
"""Earlier proofs that one is held against, the most alike and latest first."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A proof sent before: where its file is; ``same`` if it is the very same picture."""

    media_id: int
    path: str
    same: bool


@dataclass(frozen=True, slots=True)
class ProofToCompare:
    """A proof, and the earlier ones that look like it at first sight."""

    media_id: int
    path: str
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """What a closer look found: ``lines`` of the picture differ."""

    kind: Kind
    lines: int = 0


@dataclass(frozen=True, slots=True)
class LikenessView:
    """Two proofs that people should look at side by side; the other one was there first."""

    media_id: int
    other_media_id: int
    other_order_code: str
    kind: str
    lines: int


def uncompared(session: Session, limit: int = 50) -> list[int]:
    """Ids of proofs whose picture is here and was not compared yet, the oldest first."""
    query = (
        select(TransferReport.media_id)
        .join(Media, Media.id == TransferReport.media_id)
        .where(TransferReport.compared_at.is_(None), Media.state == "stored")
        .group_by(TransferReport.media_id)
        .order_by(TransferReport.media_id)
        .limit(limit)
    )
    return [media_id for media_id in session.scalars(query) if media_id is not None]


def to_compare(session: Session, media_id: int) -> ProofToCompare | None:
    """A proof with the earlier ones to hold beside it; None if it was compared already."""
    mine = session.get(Media, media_id)
    waits = select(TransferReport.id).where(
        TransferReport.media_id == media_id, TransferReport.compared_at.is_(None)
    )
    if mine is None or mine.path is None or session.scalars(waits).first() is None:
        return None
    payments = select(TransferReport.payment_id).where(TransferReport.media_id == media_id)
    apart = func.bit_count(cast(Media.phash.op("#")(literal(mine.phash or 0, BigInteger)), BIT(64)))
    same = Media.sha256 == mine.sha256
    alike = same if mine.phash is None else or_(same, apart <= ALIKE_BITS)
    query = (
        select(Media.id, Media.path, same)
        .join(TransferReport, TransferReport.media_id == Media.id)
        .where(
            Media.id < media_id,
            Media.path.is_not(None),
            Media.created_at > clock.now() - LOOK_BACK,
            TransferReport.payment_id.not_in(payments),
            alike,
        )
        .group_by(Media.id)
        .order_by(same.desc(), apart, Media.id.desc())
        .limit(MOST_COMPARED)
    )
    rows = session.execute(query).all()
    earlier = tuple(Earlier(other, path, bool(is_same)) for other, path, is_same in rows if path)
    return ProofToCompare(media_id, mine.path, earlier)


def note_likenesses(session: Session, media_id: int, found: Mapping[int, Alike]) -> None:
    """Keep what the comparison of a proof found (other proof's id → how alike); flags its payment.

    The payment keeps its state: whether it is a duplicate people decide. Once per proof.
    """
    done = (
        update(TransferReport)
        .where(TransferReport.media_id == media_id, TransferReport.compared_at.is_(None))
        .values(compared_at=clock.now())
        .returning(TransferReport.payment_id)
    )
    payment_ids = set(session.scalars(done, execution_options={"synchronize_session": False}))
    if not payment_ids or not found:
        return
    rows = [
        {
            "media_id": media_id,
            "other_media_id": other,
            "kind": alike.kind,
            "lines": alike.lines,
            "created_at": clock.now(),
        }
        for other, alike in sorted(found.items())
    ]
    session.execute(insert(ProofLikeness).values(rows).on_conflict_do_nothing())
    for payment_id in sorted(payment_ids):
        payment = session.get_one(Payment, payment_id)
        order = session.get_one(Order, payment.order_id)
        facts: dict[str, object] = {"proofs": len(found)}
        actor = Actor.system("proofs")
        service.record(session, order, payment, "proof_alike", actor=actor, facts=facts)


def likenesses(session: Session, payment_ids: Sequence[int]) -> dict[int, tuple[LikenessView, ...]]:
    """Per payment the proofs that look like earlier ones of other payments, surest first."""
    mine, theirs = aliased(TransferReport), aliased(TransferReport)
    query = (
        select(mine.payment_id, ProofLikeness, func.min(Order.order_code))
        .join(mine, mine.media_id == ProofLikeness.media_id)
        .join(theirs, theirs.media_id == ProofLikeness.other_media_id)
        .join(Payment, Payment.id == theirs.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(mine.payment_id.in_(payment_ids), theirs.payment_id != mine.payment_id)
        .group_by(mine.payment_id, ProofLikeness.id)
        .order_by(ProofLikeness.lines, ProofLikeness.id)
    )
    found: dict[int, list[LikenessView]] = {}
    for payment_id, one, order_code in session.execute(query):
        found.setdefault(payment_id, []).append(
            LikenessView(one.media_id, one.other_media_id, order_code, one.kind, one.lines)
        )
    return {payment_id: tuple(views) for payment_id, views in found.items()}
