"""The bot's turns: what it is to answer now, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, select, union
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.conversations.models import Conversation, Media, Message, Turn
from crm_core.conversations.rules import LONGEST, READ, clean, plain, settles
from crm_core.conversations.service import announce_work, append, locked
from crm_core.conversations.values import Choice, Draft, TurnFailure, Work
from crm_core.errors import NotFound

UNFINISHED = ("pending", "running")
OFFER_LASTS = timedelta(hours=12)
"""After this silence "2" or "iya" no longer means a choice of the last reply. As long as a session
of the assistant (``session_expiration_time`` in bot/domain)."""


@contextmanager
def lock_conversation(
    connection: Connection, conversation_id: int, *, wait: bool = False
) -> Iterator[bool]:
    """Hold a conversation for its turns, over several transactions of other connections.

    Yields False if another worker has it and ``wait`` is False. ``connection`` is left without an
    open transaction, so nothing else waits while the assistant is asked; the lock ends with the
    block, or with the connection if the process dies.
    """
    key = f"conversation:{conversation_id}"
    held = take(connection, key, wait=wait)
    try:
        yield held
    finally:
        if held:
            release(connection, key)


def take(connection: Connection, key: str, *, wait: bool = False) -> bool:
    """Take a lock that lasts until :func:`release`, or as long as the connection; whether it was
    to be had."""
    how = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    query = f"SELECT {how}(hashtextextended(%(key)s, 0))"
    held = connection.exec_driver_sql(query, {"key": key}).scalar_one() is not False
    connection.commit()
    return held


def release(connection: Connection, key: str) -> None:
    """Give back what :func:`take` has taken."""
    query = "SELECT pg_advisory_unlock(hashtextextended(%(key)s, 0))"
    try:
        connection.rollback()
        connection.exec_driver_sql(query, {"key": key})
        connection.commit()
    except BaseException:
        connection.invalidate()  # back in the pool it would keep the lock
        raise


def begin_turn(session: Session, conversation_id: int) -> Work | None:
    """What the bot is to answer now in this conversation, or None.

    A turn that was begun and never finished comes first, with its own messages and request id;
    then all messages not yet answered become one new turn. The caller holds
    :func:`lock_conversation` from here to :func:`finish_turn` or :func:`fail_turn`.
    """
    conversation = locked(session, conversation_id)
    turn = _resumable(session, conversation)
    if turn is None and conversation.handler == "bot":
        turn = _new_turn(session, conversation)
    if turn is None:
        return None
    resumed = turn.attempts > 0
    turn.state, turn.started_at = "running", clock.now()
    turn.attempts += 1
    session.flush()
    return _work(session, conversation, turn, resumed=resumed)


def finish_turn(session: Session, turn_id: int, drafts: Sequence[Draft]) -> list[Message]:
    """Save the bot's answer: queued, or dropped if somebody else has taken the word since.

    Choices of the last draft that has some are then on offer, or none. A turn that is finished
    already keeps its first answer, which is returned.
    """
    turn, conversation = _locked_turn(session, turn_id)
    if turn.state not in UNFINISHED:
        query = select(Message).where(Message.turn_id == turn_id, Message.direction == "outbound")
        return list(session.scalars(query.order_by(Message.id)))
    may_speak = _may_speak(conversation, turn)
    said = [(clean(draft.text).strip(), draft.choices) for draft in drafts]
    messages = [
        append(
            session,
            conversation,
            words,
            author="bot",
            choices=choices,
            turn_id=turn_id,
            status="queued" if may_speak else "dropped",
        )
        for words, choices in said
        if words
    ]
    if may_speak:
        offered = [message.choices for message in messages if message.choices]
        conversation.choices = offered[-1] if offered else None
        conversation.bot_failures = 0
    _finish(turn, "answered" if may_speak else "dropped")
    session.flush()
    return messages


def fail_turn(session: Session, turn_id: int, reason: str) -> TurnFailure:
    """The bot could not answer; ``failures`` counts how often in a row.

    The caller says so to the customer, and asks for a person the second time, unless one has
    taken over meanwhile.
    """
    turn, conversation = _locked_turn(session, turn_id)
    may_speak = _may_speak(conversation, turn)
    if turn.state in UNFINISHED:
        turn.error = reason[:500]
        _finish(turn, "failed")
        if may_speak:
            conversation.bot_failures += 1
        session.flush()
    return TurnFailure(conversation.bot_failures, taken_over=not may_speak)


def left_behind(session: Session, turn_id: int) -> bool:
    """Whether the turn has never failed: each attempt before this one ended with its worker."""
    return session.scalars(select(Turn.error).where(Turn.id == turn_id)).one() is None


def add_internal_turn(session: Session, conversation: Conversation, payload: str) -> Turn:
    """Let the bot answer an event of ours ("/handed_back") as its next turn."""
    conversation = locked(session, conversation.id)
    turn = Turn(
        conversation_id=conversation.id, kind="internal", payload=payload, epoch=conversation.epoch
    )
    session.add(turn)
    session.flush()
    announce_work(session, conversation, cuts_burst=True)
    return turn


def due_turns(session: Session, limit: int = 500) -> list[int]:
    """Ids of conversations in which the bot has something to answer or to finish."""
    awaiting = select(Message.conversation_id.label("id")).where(Message.awaits_bot)
    unfinished = select(Turn.conversation_id.label("id")).where(Turn.state.in_(UNFINISHED))
    due = union(awaiting, unfinished).subquery()
    return list(session.scalars(select(due.c.id).order_by(due.c.id).limit(limit)))


def has_unanswered(session: Session, conversation_id: int) -> bool:
    """Whether the customer has written something that no turn has taken yet."""
    return newest_awaiting(session, conversation_id) is not None


def newest_awaiting(session: Session, conversation_id: int) -> Message | None:
    """The newest message that no turn has taken yet: the burst window counts from it."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.awaits_bot)
    return session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def was_offered(session: Session, conversation_id: int, payload: str) -> bool:
    """Whether a message of this conversation ever offered this payload."""
    query = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.direction == "outbound",
        Message.choices.contains([{"payload": payload}]),
    )
    return session.execute(query.limit(1)).first() is not None


def _resumable(session: Session, conversation: Conversation) -> Turn | None:
    """The oldest unfinished turn that may still speak; those that may not are closed."""
    query = select(Turn).where(Turn.conversation_id == conversation.id, Turn.state.in_(UNFINISHED))
    for turn in session.scalars(query.order_by(Turn.id)):
        if _may_speak(conversation, turn):
            return turn
        _finish(turn, "dropped")
    return None


def _may_speak(conversation: Conversation, turn: Turn) -> bool:
    own_hand_off = conversation.epoch_turn_id == turn.id and conversation.epoch == turn.epoch + 1
    return conversation.epoch == turn.epoch or own_hand_off


def _new_turn(session: Session, conversation: Conversation) -> Turn | None:
    query = select(Message).where(Message.conversation_id == conversation.id, Message.awaits_bot)
    messages = session.scalars(query.order_by(Message.id)).all()
    if not messages:
        return None
    turn = Turn(conversation_id=conversation.id, epoch=conversation.epoch)
    session.add(turn)
    session.flush()
    for message in messages:
        message.turn_id, message.awaits_bot = turn.id, False
    session.flush()
    return turn


def _work(session: Session, conversation: Conversation, turn: Turn, *, resumed: bool) -> Work:
    query = select(Message).where(Message.turn_id == turn.id, Message.direction == "inbound")
    messages = session.scalars(query.order_by(Message.id)).all()
    ids = [message.id for message in messages]
    shown = [one.id for one in messages if one.kind in READ]
    media = select(Media.id).where(Media.message_id.in_(shown), Media.state != "refused")
    return Work(
        turn_id=turn.id,
        conversation_id=conversation.id,
        conversation_public_id=conversation.public_id,
        customer_public_id=conversation.customer.public_id,
        channel=conversation.channel,
        epoch=turn.epoch,
        text=spoken([message.text for message in messages]),
        message_ids=tuple(ids),
        media_ids=tuple(session.scalars(media.order_by(Media.message_id, Media.position))),
        tapped_payload=_tapped(session, messages),
        internal_payload=turn.payload,
        choices=_on_offer(session, conversation, messages),
        attempt=turn.attempts,
        resumed=resumed,
        request_id=turn.request_id,
        kinds=tuple(message.kind for message in messages),
        quoted_choices=_quoted(messages),
    )


def _quoted(messages: Sequence[Message]) -> tuple[Choice, ...]:
    """The choices under the words of ours that the last message quotes."""
    quoted = messages[-1].quoted if messages else None
    if quoted is None or quoted.direction != "outbound":
        return ()
    return tuple(Choice.read(stored) for stored in quoted.choices)


def _on_offer(
    session: Session, conversation: Conversation, messages: Sequence[Message]
) -> tuple[Choice, ...]:
    """The choices that an answer in ``messages`` can still mean."""
    if not conversation.choices or not messages:
        return ()
    said = select(Message.created_at).where(
        Message.conversation_id == conversation.id,
        Message.direction == "outbound",
        Message.id < messages[0].id,
    )
    last = session.scalars(said.order_by(Message.id.desc()).limit(1)).first()
    if last is not None and messages[0].created_at - last > OFFER_LASTS:
        return ()
    return tuple(Choice.read(stored) for stored in conversation.choices)


def spoken(said: Sequence[str]) -> str:
    """The words of a turn in their plain form, the last LONGEST signs of a flood of them. "Batal"
    or "mau bicara dengan orang" at the end settles what came before it in the same breath."""
    texts = [plain(text) for text in said if text.strip()]
    if texts and settles(texts[-1]):
        return texts[-1]
    return "\n".join(texts)[-LONGEST:]


def _tapped(session: Session, messages: Sequence[Message]) -> str | None:
    """The payload of the last message if it was a tap on something that we offered."""
    if not messages or not messages[-1].tapped_payload:
        return None
    payload = messages[-1].tapped_payload
    return payload if was_offered(session, messages[-1].conversation_id, payload) else None


def _locked_turn(session: Session, turn_id: int) -> tuple[Turn, Conversation]:
    conversation_id = session.scalars(
        select(Turn.conversation_id).where(Turn.id == turn_id)
    ).one_or_none()
    if conversation_id is None:
        raise NotFound("turn_not_found")
    conversation = locked(session, conversation_id)
    return session.get_one(Turn, turn_id, populate_existing=True), conversation


def _finish(turn: Turn, state: str) -> None:
    turn.state, turn.finished_at = state, clock.now()
