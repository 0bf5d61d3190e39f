"""What screens and trainings read about messages that were not understood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Date, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from crm_core import clock, cursors
from crm_core.conversations import Conversation, Message, Turn
from crm_core.cursors import Slice
from crm_core.errors import InvalidInput
from crm_core.learning.models import Misunderstood, Training
from crm_core.learning.rules import Figures, State, masked
from crm_core.staff import Staff

ORDERS = ("frequent", "newest")
MOST_WORDINGS = 5


@dataclass(frozen=True, slots=True)
class MisunderstoodRow:
    """Messages with the same words as one row; all but ``times`` is of the newest of them.

    ``confidence`` and the ranking are per mille.
    """

    id: int
    text: str
    language: str
    times: int
    last_at: datetime
    reason: str
    state: str
    guess: str | None
    confidence: int | None
    guesses: tuple[str, ...]
    label: str | None
    decided_by: str | None
    learned: bool
    measures: bool
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct texts: waiting for a label, labelled and not learned, kept for measuring."""

    open: int
    labelled: int
    dismissed: int
    to_learn: int
    measuring: int


@dataclass(frozen=True, slots=True)
class TrainingView:
    """A training as people see it; figures are per mille, None until they are known."""

    id: int
    state: str
    by: str
    labels: int
    before: Figures | None
    after: Figures | None
    worse: tuple[str, ...]
    error: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def busy(self) -> bool:
        """Whether it has not ended yet."""
        return self.finished_at is None


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A distinct text with its label, for a training or for measuring.

    ``text`` is how it was written last, ``wordings`` up to five ways in which it was written.
    """

    key: str
    text: str
    label: str
    learned: bool
    measures: bool
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What became of a day's typed turns (the date in Pontianak)."""

    day: date
    turns: int
    understood: int
    asked_again: int
    handed_over: int

    def percent(self, part: int) -> int:
        """``part`` of the day's turns, rounded to whole percents."""
        return (100 * part + self.turns // 2) // self.turns if self.turns else 0


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """A stored turn as the assistant read it then; ``intent`` may be ``nlu_fallback``."""

    text: str
    intent: str
    confidence: int


def listing(
    session: Session,
    *,
    state: str = State.OPEN,
    order: str = "frequent",
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[MisunderstoodRow]:
    """Messages of a state, equal ones as one row: the most frequent or the newest first.

    Raises InvalidInput ("cursor_invalid", "limit_invalid").
    """
    limit = cursors.checked_limit(limit)
    times, last = func.count(), func.max(Misunderstood.id)
    first = times if order == "frequent" else last
    groups = (
        select(last.label("id"), times.label("times"))
        .where(Misunderstood.state == state)
        .group_by(Misunderstood.key)
    )
    if cursor:
        groups = groups.having(tuple_(first, last) < _place(cursor))
    found = groups.order_by(first.desc(), last.desc()).limit(limit + 1).subquery()
    query = (
        select(Misunderstood, found.c.times, Conversation.public_id, Staff.name)
        .join(found, found.c.id == Misunderstood.id)
        .join(Conversation, Conversation.id == Misunderstood.conversation_id)
        .outerjoin(Staff, Staff.id == Misunderstood.decided_by)
    )
    by_times = order == "frequent"
    rows = [
        (_row(row, count, talk, name), (count if by_times else row.id, row.id))
        for row, count, talk, name in session.execute(query)
    ]
    rows.sort(key=lambda pair: pair[1], reverse=True)
    more = rows[:limit]
    following = f"{more[-1][1][0]}-{more[-1][1][1]}" if len(rows) > limit else None
    return Slice(tuple(row for row, _ in more), following)


def by_message(session: Session, message_id: int) -> Misunderstood | None:
    """The row of a message, if it is on the list."""
    query = select(Misunderstood).where(Misunderstood.message_id == message_id)
    return session.scalars(query).one_or_none()


def counts(session: Session) -> Counts:
    """How many distinct texts stand where."""
    query = select(
        Misunderstood.state,
        Misunderstood.measures,
        Misunderstood.training_id.is_not(None),
        func.count(Misunderstood.key.distinct()),
    ).group_by(Misunderstood.state, Misunderstood.measures, Misunderstood.training_id.is_not(None))
    of: Counter[str] = Counter()
    for state, measures, learned, number in session.execute(query):
        of[state] += number
        if state == State.LABELLED:
            of["measuring" if measures else "learned" if learned else "to_learn"] += number
    return Counts(
        open=of[State.OPEN],
        labelled=of[State.LABELLED],
        dismissed=of[State.DISMISSED],
        to_learn=of["to_learn"],
        measuring=of["measuring"],
    )


def labelled_texts(session: Session) -> list[LabelledText]:
    """Every distinct labelled text, the newest wording of each, oldest label first."""
    query = (
        select(Misunderstood)
        .where(Misunderstood.state == State.LABELLED)
        .order_by(Misunderstood.id)
    )
    found: dict[str, LabelledText] = {}
    for row in session.scalars(query):
        earlier = found.get(row.key)
        known = earlier.wordings if earlier is not None else ()
        found[row.key] = LabelledText(
            key=row.key,
            text=row.text,
            label=str(row.label),
            learned=row.training_id is not None and (earlier is None or earlier.learned),
            measures=row.measures or (earlier is not None and earlier.measures),
            wordings=tuple(dict.fromkeys((row.text, *known)))[:MOST_WORDINGS],
        )
    return list(found.values())


def training_view(session: Session, training_id: int) -> TrainingView:
    """One training."""
    return _training(session.get_one(Training, training_id))


def latest_trainings(session: Session, limit: int = 5) -> list[TrainingView]:
    """The newest trainings first."""
    query = select(Training).order_by(Training.id.desc()).limit(limit)
    return [_training(row) for row in session.scalars(query)]


def by_day(session: Session, days: int = 14) -> list[DayFigures]:
    """What became of the typed turns of the last ``days`` days, the newest first; no empty days."""
    first = clock.local_date(clock.now()) - timedelta(days=days - 1)
    begin = datetime.combine(first, time.min, clock.ZONE)
    day = cast(func.timezone(str(clock.ZONE), Turn.created_at), Date)
    query = (
        select(
            day,
            func.count(),
            func.count().filter(Turn.outcome == "understood"),
            func.count().filter(Turn.outcome == "asked_again"),
            func.count().filter(Turn.outcome == "handed_over"),
        )
        .where(Turn.outcome.is_not(None), Turn.created_at >= begin)
        .group_by(day)
        .order_by(day.desc())
    )
    return [DayFigures(*row) for row in session.execute(query)]


def read_turns(session: Session, *, days: int) -> list[ReadTurn]:
    """Turns of the last ``days`` days that the assistant read as typed words, oldest first."""
    since = clock.now() - timedelta(days=days)
    text = func.string_agg(Message.text, aggregate_order_by(literal("\n"), Message.id)).label(
        "text"
    )
    query = (
        select(text, Turn.intent, Turn.confidence)
        .join(Message, Message.turn_id == Turn.id)
        .where(
            Turn.intent.is_not(None),
            Turn.created_at >= since,
            Message.direction == "inbound",
            func.btrim(Message.text) != "",
        )
        .group_by(Turn.id)
        .order_by(Turn.id)
    )
    return [ReadTurn(said, str(intent), sure or 0) for said, intent, sure in session.execute(query)]


def shown(texts: Sequence[str]) -> list[str]:
    """Customers' words as they may be printed: private data masked, on one line, cut at 80."""
    lines = [" ".join(masked(text).split()) for text in texts]
    return [line if len(line) <= 80 else f"{line[:79]}…" for line in lines]


def _place(cursor: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,15})-(\d{1,18})", cursor)
    if found is None:
        raise InvalidInput("cursor_invalid")
    return int(found[1]), int(found[2])


def _row(row: Misunderstood, times: int, talk: str, name: str | None) -> MisunderstoodRow:
    return MisunderstoodRow(
        id=row.id,
        text=row.text,
        language=row.language,
        times=times,
        last_at=row.created_at,
        reason=row.reason,
        state=row.state,
        guess=row.guess,
        confidence=row.confidence,
        guesses=tuple(str(guess) for guess, _ in row.ranking[:3]),
        label=row.label,
        decided_by=name,
        learned=row.training_id is not None,
        measures=row.measures,
        conversation_id=talk,
    )


def _training(row: Training) -> TrainingView:
    return TrainingView(
        id=row.id,
        state=row.state,
        by=row.actor_name,
        labels=row.labels,
        before=Figures.from_json(row.before) if row.before else None,
        after=Figures.from_json(row.after) if row.after else None,
        worse=tuple(str(name) for name in row.worse),
        error=row.error,
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
