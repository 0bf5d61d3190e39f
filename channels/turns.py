"""One bot turn: take what is unanswered, let the assistant read it, keep its answer.

No path ends in silence and nothing is done twice. The turn is a row before the assistant is asked;
what its actions do is keyed by that row; a turn left behind by a crash is taken up again.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from channels import memory, menu, metrics, paycodes, rasa, render, sheets, unread
from channels.rasa import BotUnavailable
from channels.supervisor import assistant
from crm_core import catalogue, conversations, db, effects, handoffs, notices
from crm_core.conversations import Draft, rules
from crm_core.db import Event, announce
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from channels.context import Context
    from crm_core.conversations import Conversation, Work

log = structlog.get_logger(__name__)

QUICK_RETRY_S = 1.5
"""Rasa may be restarting: one more try before the customer hears of it."""
MAX_ATTEMPTS = 6
"""Tried over about two and a half minutes; then a person takes over."""
DEATHS = 2
"""So many workers may die at a turn; from then on it is run in a process of its own."""
NOTICE_EVERY = timedelta(minutes=10)

PHOTO, REPEAT, NOT_UNDERSTOOD, RESUME = "/send_photo", "/repeat", "/nlu_fallback", "/resume_turn"
LIST = "/send_list"
ENDINGS = {"promo": "/opt_out", "chat": "/deny"}
"""What is said of promotions and of this chat; which order is meant the assistant finds out."""
CONTEXTUAL = ("/affirm", "/deny")
"""Payloads that mean nothing without the question that was on screen."""

CHANGEABLE = ("conversation", "handoff", "order", "payment", "complaint", "learning")
"""What the actions of a turn may have changed."""

STOPPING = threading.Event()
"""This worker was asked to end."""


def take(
    here: Context,
    client: rasa.RasaClient,
    conversation_id: int,
    *,
    apart: bool = False,
    by: Connection | None = None,
) -> bool:
    """Answer everything that is due in the conversation; False if another worker is at it.

    A turn at which workers have died is not begun unless ``apart``: this process is for it alone.

    Once :data:`STOPPING` is set no further turn begins: a customer who writes on and on would keep
    this worker from its end. What is due then is found by the sweep.

    ``by`` is a connection of ``here.quick`` that the caller uses for more than this.
    """
    if by is None:
        with here.quick.connect() as connection:
            return take(here, client, conversation_id, apart=apart, by=connection)
    while not STOPPING.is_set():
        with conversations.lock_conversation(by, conversation_id) as held:
            if not held:
                return False
            _one_turn(here, client, conversation_id, by, apart=apart)
        # A message that came meanwhile woke a worker that found the lock taken; so look without it.
        if not (conversations.has_work(by, conversation_id) and is_due(here, conversation_id)):
            break
    return True


class KillsWorkersError(Exception):
    """The turn that is due has left workers dead: :mod:`channels.apart` is for it."""


def is_due(here: Context, conversation_id: int) -> bool:
    """Whether a turn of the conversation may begin now (burst window and pauses over).

    While Rasa is loading another model none does: the sweep finds the messages afterwards.
    """
    if assistant.is_loading(here.settings):
        return False
    with here.unit_of_work() as session:
        return _is_due(here, session, conversation_id)


def _is_due(here: Context, session: Session, conversation_id: int) -> bool:
    burst = timedelta(milliseconds=here.settings.burst_window_ms)
    most = here.settings.sender_per_min
    return conversations.turn_is_due(session, conversation_id, burst, most)


def _one_turn(
    here: Context, client: rasa.RasaClient, conversation_id: int, by: Connection, *, apart: bool
) -> bool:
    if assistant.is_loading(here.settings):
        return False
    work, done = db.again(lambda: _begin(here, conversation_id, by, apart=apart))
    if work is None:
        return False
    structlog.contextvars.bind_contextvars(request_id=work.request_id, turn_id=work.turn_id)
    if work.attempt > MAX_ATTEMPTS:
        # A turn that failed was handed over before: at this one every worker has died.
        log.error("turn_given_up", attempt=work.attempt)
        metrics.turn_ended("given_up")
        _fail(here, work, "given_up")
        return True
    started = time.monotonic()
    try:
        sheet = sheets.of_turn(here, work)
        without = _without_assistant(here, work)
        if without is not None:
            db.again(lambda: _keep(here, work, without))
            return True
        text = LIST if sheet and not done else command(work, effect_recorded=done)
        if not (sheet or done):
            text = paycodes.command(here, work) or text
        answer = unread.with_hint(here, work, _ask(here, client, work, text, sheet))
    except BotUnavailable as error:
        log.warning("turn_failed", reason=error.reason, attempt=work.attempt)
        metrics.turn_ended(error.reason)
        _fail(here, work, error.reason)
        return True
    db.again(lambda: _keep(here, work, answer, by))
    taken_s = time.monotonic() - started
    log.info("turn_answered", attempt=work.attempt, ms=round(taken_s * 1000))
    metrics.turn_ended("answered", taken_s)
    return True


def _without_assistant(here: Context, work: Work) -> Draft | None:
    """The answer where there is nothing for the assistant to read; None: it is asked."""
    chosen = menu.payload(work)
    if chosen:
        return db.again(lambda: menu.chosen(here, work, chosen))
    return unread.answer(here, work)


def _begin(
    here: Context, conversation_id: int, by: Connection, *, apart: bool
) -> tuple[Work | None, bool]:
    """The turn that is due, and whether its actions have done something before a crash.

    Raises KillsWorkersError, and then nothing has begun.
    """
    burst = timedelta(milliseconds=here.settings.burst_window_ms)
    most = here.settings.sender_per_min
    try:
        return conversations.begin_due(by, conversation_id, burst, most), False
    except conversations.UnusualError:
        pass  # a turn that was begun before
    with here.unit_of_work() as session:
        if not _is_due(here, session, conversation_id):
            return None, False
        work = conversations.begin_turn(session, conversation_id)
        again = work is not None and DEATHS < work.attempt <= MAX_ATTEMPTS and not apart
        if work is not None and again and conversations.left_behind(session, work.turn_id):
            raise KillsWorkersError
        done = work.resumed and bool(effects.for_turn(session, work.turn_id)) if work else False
        return work, done


def _keep(here: Context, work: Work, answer: Draft, by: Connection | None = None) -> None:
    parts = fitting(answer)
    # The actions process cannot tell our screens what it changed, so they all look.
    facts = {"conversation_id": work.conversation_public_id}
    look = [Event(f"{kind}_changed", facts) for kind in CHANGEABLE]
    if by is not None:
        try:
            said = conversations.answer(by, work.turn_id, parts)
        except conversations.UnusualError:
            pass  # several messages, or one that may not be said any more
        else:
            db.tell([said.event, *(look if said.acted else ())])
            return
    with here.unit_of_work() as session:
        conversations.finish_turn(session, work.turn_id, parts)
        for event in look if effects.for_turn(session, work.turn_id) else ():
            announce(session, event)


def command(work: Work, *, effect_recorded: bool = False) -> str:
    """What the assistant is given to read: a command of ours, or the customer's words defused."""
    if effect_recorded:
        return RESUME
    if work.internal_payload:
        return work.internal_payload
    if work.tapped_payload:
        return _still_meant(work, work.tapped_payload)
    if not work.text.strip():
        return PHOTO if work.media_ids else NOT_UNDERSTOOD
    choice = rules.pick_choice(work.text, work.quoted_choices or work.choices)
    if choice:
        return _still_meant(work, choice.payload)
    ending = rules.wants_to_end(work.text)
    if ending in ENDINGS:
        return ENDINGS[ending]
    if catalogue.pasted(work.text) or catalogue.read_edits(work.text):
        return LIST  # a list is known by its shape; nobody has to guess what it wants
    return rules.neutralise(work.text)


def _still_meant(work: Work, payload: str) -> str:
    on_offer = any(choice.payload == payload for choice in work.choices)
    if payload.startswith(CONTEXTUAL) and not on_offer:
        return REPEAT  # "yes" on an old button: ask again rather than guess what it meant
    return payload


def fitting(answer: Draft) -> list[Draft]:
    """The answer in parts that any channel can send; the choices come with the last one."""
    below = len(render.numbered("", answer.choices)) + 2 if answer.choices else 0
    parts = render.split(answer.text, max(render.MAX_BODY - below, render.MAX_BODY // 2))
    return [*(Draft(part) for part in parts[:-1]), Draft(parts[-1], answer.choices)]


def _ask(
    here: Context, client: rasa.RasaClient, work: Work, text: str, sheet: dict[str, Any] | None
) -> Draft:
    if work.resumed and (said := memory.recall(here, work)):
        return said  # Rasa finished this turn; only its answer was lost on the way
    lists = set(sheet["media_ids"]) if sheet else set()
    metadata: dict[str, Any] = {
        "turn_id": work.turn_id,
        "request_id": work.request_id,
        "text": work.text,
        "media_ids": [one for one in work.media_ids if one not in lists],
        "message_ids": list(work.message_ids),
        "channel": work.channel,
    }
    if sheet is not None:
        metadata["file"] = sheet
    sender = work.conversation_public_id
    try:
        return rasa.join(client.talk(sender, text, metadata))
    except BotUnavailable as error:
        if error.reason in {"timeout", "paused"} or work.attempt > 1:
            raise
        log.info("turn_retried", reason=error.reason)
    time.sleep(QUICK_RETRY_S)
    with here.unit_of_work() as session:
        done = bool(effects.for_turn(session, work.turn_id))
    return rasa.join(client.talk(sender, RESUME if done else text, metadata))


def _fail(here: Context, work: Work, reason: str) -> None:
    """Say so and try again later; hand over when that has gone on or the customer wrote again.

    Who names a part can order it by numbers meanwhile; who wants a person is not kept waiting.
    """
    if work.attempt >= menu.AFTER_ATTEMPTS and not assistant.is_loading(here.settings):
        offered = menu.offer(here, work)
        if offered is not None:
            db.again(lambda: _keep(here, work, offered))
            return
    with here.unit_of_work() as session:
        conversation = conversations.by_id(session, work.conversation_id)
        if conversation.handler == "agent":
            conversations.fail_turn(session, work.turn_id, reason)
            return
        if assistant.is_loading(here.settings):  # Rasa ended under this turn, and is coming back
            conversations.postpone_turn(session, work.turn_id, reason)
            return
        wrote_again = conversations.has_unanswered(session, work.conversation_id)
        wants_person = command(work) == menu.PERSON or rules.asks_for_person(work.text)
        # What was done is told by the turn itself: nobody else knows how to say it.
        done = bool(effects.for_turn(session, work.turn_id))
        if work.attempt < MAX_ATTEMPTS and (done or not (wrote_again or wants_person)):
            conversations.postpone_turn(session, work.turn_id, reason)
            if conversation.handler == "bot" and not work.internal_payload:
                conversations.say_once(session, conversation, "bot_unavailable", NOTICE_EVERY)
            return
        failure = conversations.fail_turn(session, work.turn_id, reason)
        if work.internal_payload or failure.taken_over:
            return  # nobody is waiting for the bot's answer
        _hand_over(session, conversation)


def _hand_over(session: Session, conversation: Conversation) -> None:
    handoff = handoffs.request(
        session, conversation, reason="bot_unavailable", actor=Actor.system("bot_unavailable")
    )
    spoken = conversation.customer
    text = notices.render(
        "handoff_after_failure", spoken.language, spoken.honorific, promised_at=handoff.promised_at
    )
    conversations.say(session, conversation, text, author="system")
