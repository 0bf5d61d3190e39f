"""Trainings: asked for, run by one at a time, judged by their figures, taken or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.db import Event, announce
from crm_core.errors import Conflict, NotFound
from crm_core.learning import rules
from crm_core.learning.models import Misunderstood, Training
from crm_core.learning.rules import Figures, State, TrainingState
from crm_core.learning.service import changed
from crm_core.timeline import Actor

UNFINISHED = (TrainingState.REQUESTED, TrainingState.RUNNING)
_LOCK = func.hashtextextended("learning", 0)


def request(session: Session, actor: Actor) -> Training:
    """Ask for a training of what is labelled and not learned.

    Raises Conflict ("nothing_to_learn", "training_busy").
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("learning asked", 0))))
    if session.scalars(select(Training.id).where(Training.state.in_(UNFINISHED))).first():
        raise Conflict("training_busy")
    if not fresh(session):
        raise Conflict("nothing_to_learn")
    training = Training(actor_kind=actor.kind, actor_name=actor.name, worse=[])
    session.add(training)
    session.flush()
    announce(session, Event("training_requested", {"training_id": training.id}))
    changed(session)
    return training


def fresh(session: Session) -> bool:
    """Whether anything is labelled that no training has learned yet."""
    query = select(Misunderstood.id).where(
        Misunderstood.state == State.LABELLED,
        Misunderstood.training_id.is_(None),
        Misunderstood.measures.is_(False),
    )
    return session.execute(query.limit(1)).first() is not None


@contextmanager
def alone(connection: Connection) -> Iterator[bool]:
    """Hold the right to train, over several transactions of other connections.

    Yields False if somebody else is training. It ends with the block, or with the process.
    """
    held = connection.execute(select(func.pg_try_advisory_lock(_LOCK))).scalar_one()
    connection.commit()
    try:
        yield bool(held)
    finally:
        if held:
            try:
                connection.rollback()
                connection.execute(select(func.pg_advisory_unlock(_LOCK)))
                connection.commit()
            except BaseException:
                connection.invalidate()  # back in the pool it would keep the lock
                raise


def begin(session: Session, training_id: int) -> bool:
    """Start a requested training (inside :func:`alone`); False when it is no longer waiting."""
    training = _locked(session, training_id)
    if training.state != TrainingState.REQUESTED:
        return False
    training.state, training.started_at = str(TrainingState.RUNNING), clock.now()
    _set_aside_for_measuring(session)
    session.flush()
    changed(session)
    return True


def finish(
    session: Session,
    training_id: int,
    *,
    before: Figures,
    after: Figures,
    learned: Mapping[str, str],
    labels: int,
) -> bool:
    """Judge a training by its figures; True when its model is to be taken.

    ``learned`` are the keys of the texts that were in it with their labels, ``labels`` how many of
    them were new. Then they count as learned; else they stay labelled, and the reason is kept.
    What was labelled otherwise meanwhile is left for the next training. Raises
    Conflict("training_over") when it is no longer running.
    """
    training = _running(session, training_id)
    training.before, training.after = before.to_json(), after.to_json()
    training.labels = labels
    training.worse = list(rules.worse(before, after))
    taken = not training.worse
    if taken:
        known = select(Misunderstood).where(
            Misunderstood.state == State.LABELLED, Misunderstood.measures.is_(False)
        )
        for row in session.scalars(known):
            if learned.get(row.key) == row.label and row.training_id is None:
                row.training_id = training_id
    _end(session, training, TrainingState.TAKEN if taken else TrainingState.REFUSED)
    return taken


def fail(session: Session, training_id: int, error: str) -> None:
    """A training could not be done; ``error`` is a code ("training_failed", "interrupted")."""
    training = _locked(session, training_id)
    if training.state in UNFINISHED:
        training.error = error[:200]
        _end(session, training, TrainingState.FAILED)


def requested(session: Session) -> list[int]:
    """Trainings that wait for somebody to run them."""
    query = select(Training.id).where(Training.state == TrainingState.REQUESTED)
    return list(session.scalars(query.order_by(Training.id)))


def end_interrupted(session: Session, *, unclaimed_after: timedelta = timedelta(hours=1)) -> int:
    """Fail trainings whose process is gone, or that nobody took up; returns how many."""
    unfinished = session.scalars(select(Training).where(Training.state.in_(UNFINISHED))).all()
    if not unfinished or not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return 0  # whoever trains holds the lock
    ended = 0
    for training in unfinished:
        session.refresh(training, with_for_update=True)
        late = training.requested_at < clock.now() - unclaimed_after
        if training.state == TrainingState.RUNNING or (
            training.state == TrainingState.REQUESTED and late
        ):
            training.error = "interrupted"
            _end(session, training, TrainingState.FAILED)
            ended += 1
    return ended


def _set_aside_for_measuring(session: Session) -> None:
    """With enough labels, keep every third text that is not learned for measuring, for good."""
    labelled = select(Misunderstood).where(Misunderstood.state == State.LABELLED)
    rows = session.scalars(labelled).all()
    if len({row.key for row in rows}) < rules.HELD_BACK_FROM:
        return
    learned = {row.key for row in rows if row.training_id is not None}
    for row in rows:
        row.measures = row.key not in learned and rules.held_back(row.key)


def _locked(session: Session, training_id: int) -> Training:
    training = session.get(Training, training_id, with_for_update=True, populate_existing=True)
    if training is None:
        raise NotFound("training_not_found")
    return training


def _running(session: Session, training_id: int) -> Training:
    training = _locked(session, training_id)
    if training.state != TrainingState.RUNNING:
        raise Conflict("training_over")
    return training


def _end(session: Session, training: Training, state: TrainingState) -> None:
    rules.TRAINING.check(TrainingState(training.state), state, "system")
    training.state, training.finished_at = str(state), clock.now()
    timeline.record(
        session,
        subject="training",
        subject_id=training.id,
        action=str(state),
        actor=Actor.system("learning"),
        facts={"labels": training.labels, "worse": training.worse},
    )
    changed(session)
