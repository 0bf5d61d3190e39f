"""Celery's tasks, and the wake-ups that ask for them. All are safe to run twice or never.

Never: the sweep finds every row that is due. Twice: rows are claimed in the database.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import redis
import structlog
from kombu.exceptions import OperationalError

from channels import (
    apart,
    bankfiles,
    clockwork,
    context,
    delivery,
    forgetting,
    health,
    mail,
    media,
    proofs,
    rasa,
    turns,
    wakeups,
)
from channels import webhooks as posting
from channels.celery_app import app, timetabled
from channels.gateway import asking
from channels.senders import Refused
from channels.supervisor import lessons
from channels.twilio import sender as twilio
from channels.twilio import templates
from channels.twilio.contents import NotMade
from crm_core import (
    catalogue,
    conversations,
    db,
    identity,
    learning,
    mails,
    payments,
    pricing,
    timeline,
    webhooks,
)
from crm_core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from crm_core.db import Event
    from crm_core.settings import Settings

log = structlog.get_logger(__name__)

BROKER_PAUSE_S = 5.0
"""After a failed wake-up none is tried for this long: a webhook must not wait for Redis."""


_rasa: dict[tuple[object, ...], rasa.RasaClient] = {}
_rasa_lock = threading.Lock()


def assistant(settings: Settings) -> rasa.RasaClient:
    """This process's client for the configured Rasa."""
    key = (settings.rasa_url, settings.rasa_port, settings.rasa_timeout_s)
    with _rasa_lock:
        if key not in _rasa:
            _rasa[key] = rasa.client_for(settings)
        return _rasa[key]


@app.task(name="channels.tasks.take_turn")
def take_turn(conversation: int) -> None:
    """Answer what is due in one conversation, then send what was said. Not by Celery but by
    :mod:`channels.wakeups` in a worker; a task it is for those that run tasks at once."""
    here = context.current()
    with here.quick.connect() as connection:
        with delivery.sent_here() as queued:
            try:
                turns.take(here, assistant(here.settings), conversation, by=connection)
            except turns.KillsWorkersError:
                apart.take(here, conversation)
        sent = send_due(conversation, connection, queued)
    wake_all(deliver, [message_id for message_id in queued if message_id not in sent])


def send_due(
    conversation_id: int, by: Connection | None = None, first: Iterable[int] = ()
) -> set[int]:
    """Send what waits in one conversation, in order; the ids of what was sent. ``by`` is a
    connection of the context's ``quick``; ``first`` are messages that wait for all we know."""
    here = context.current()
    if by is None:
        with here.quick.connect() as connection:
            return send_due(conversation_id, connection)
    done: set[int] = set()
    for message_id in first:
        if not delivery.deliver(here, message_id, by):
            break
        done.add(message_id)
    while (due := conversations.next_due(by, conversation_id)) is not None:
        if due in done or not delivery.deliver(here, due, by):
            break
        done.add(due)
    return done


@app.task(name="channels.tasks.deliver")
def deliver(message_id: int) -> None:
    """Hand one message to its provider, then those of its conversation that waited for it."""
    here = context.current()
    if delivery.deliver(here, message_id):
        with here.unit_of_work() as session:
            conversation_id = conversations.conversation_of(session, message_id)
        send_due(conversation_id)


@app.task(name="channels.tasks.send_mail")
def send_mail(mail_id: int) -> None:
    """Hand one e-mail to the mail server."""
    mail.deliver(context.current(), mail_id)


@app.task(name="channels.tasks.post_webhooks")
def post_webhooks(endpoint_id: int) -> None:
    """Post what is due to one receiver of webhooks."""
    if posting.deliver(context.current(), endpoint_id):
        wake(post_webhooks, endpoint_id)


@app.task(name="channels.tasks.fetch_media")
def fetch_media(media_id: int) -> None:
    """Fetch one picture from the provider and keep a clean copy."""
    media.fetch(context.current(), media_id)


@app.task(name="channels.tasks.compare_proof")
def compare_proof(media_id: int) -> None:
    """Hold one proof photo against the earlier ones of other payments."""
    proofs.compare(context.current(), media_id)


@timetabled("compare_proofs")
def compare_proofs() -> None:
    """Compare the proofs that have come in, one after the other."""
    with context.current().unit_of_work() as session:
        waiting = payments.uncompared(session)
    for media_id in waiting:
        compare_proof(media_id)


@timetabled("sweep")
def sweep() -> None:
    """Find everything that is due and whose wake-up was lost."""
    here = context.current()
    try:
        health.note_worker()
    except redis.RedisError as error:
        log.warning("worker_not_noted", reason=type(error).__name__)
    with here.unit_of_work() as session:
        turns_due = conversations.due_turns(session)
        deliveries = conversations.due_deliveries(session)
        doubtful = delivery.doubtful(session)
        pictures = conversations.pending_media(session)
        mails.release_lost(session, older_than_s=mail.STALE_S)
        letters = mails.due(session)
        learning.end_interrupted(session)
        identity.tidy(session)
        trainings = learning.requested(session)
        receivers = webhooks.due(session)
    wake_all(take_turn, turns_due)
    wake_all(deliver, deliveries)
    wake_all(fetch_media, pictures)
    wake_all(learn, trainings)
    wake_all(send_mail, letters)
    wake_all(post_webhooks, receivers)
    for message_id in doubtful:
        delivery.reconcile(here, message_id)
    bankfiles.settle_left(here.unit_of_work)
    asking.look_up_waiting(here)


@app.task(name="channels.tasks.learn")
def learn(training_id: int) -> None:
    """Train what was labelled and take it if nothing got worse: minutes, at low priority."""
    here = context.current()
    try:
        found = lessons.learn(here.engine, here.settings, training_id=training_id)
    except Conflict as error:  # another one is at it; the sweep asks again
        log.info("training_not_run", training_id=training_id, reason=error.code)
        return
    if found is not None:
        log.info("training_over", training_id=training_id, state=found.state, error=found.error)


@timetabled("expire_orders")
def expire_orders() -> None:
    """Let orders lapse whose payment time is over, and offered prices whose time is up."""
    with context.current().unit_of_work() as session:
        pricing.expire_bargains(session)
    codes = clockwork.expire_orders(context.current().unit_of_work)
    if codes:
        log.info("orders_expired", count=len(codes))


@timetabled("remind_payers")
def remind_payers() -> None:
    """Remind customers once before their time to pay is over."""
    codes = clockwork.remind_payers(context.current().unit_of_work)
    if codes:
        log.info("payers_reminded", count=len(codes))


@timetabled("look_after_handoffs")
def look_after_handoffs() -> None:
    """Keep what was promised to those who wait for a person, or promise anew and say so."""
    found = clockwork.look_after_handoffs(context.current().unit_of_work)
    if found:
        log.info("handoffs_looked_after", count=len(found))


@timetabled("tell_arrivals")
def tell_arrivals() -> None:
    """Tell customers that what they asked for has come in."""
    told = clockwork.tell_arrivals(context.current().unit_of_work)
    if told:
        log.info("arrivals_told", customers=told)


@timetabled("match_wishes")
def match_wishes() -> None:
    """Look whether parts that nobody had heard of are in the catalogue by now."""
    with context.current().unit_of_work() as session:
        catalogue.match_wishes(session)


@timetabled("seal_timeline")
def seal_timeline() -> None:
    """Link what was recorded since the last time into the chain that shows tampering."""
    with context.current().unit_of_work() as session:
        timeline.seal(session)


@timetabled("forget_webhooks")
def forget_webhooks() -> None:
    """Let go of events that all receivers have had for a month."""
    with context.current().unit_of_work() as session:
        webhooks.tidy(session)


@timetabled("let_go")
def let_go() -> None:
    """Let go of what forgotten customers left in files, at the assistant and at the provider."""
    here = context.current()
    left = forgetting.let_go(here.settings, here.unit_of_work)
    if left:
        log.warning("leftovers_stay", count=left)


@timetabled("look_at_reviews")
def look_at_reviews() -> None:
    """Ask how WhatsApp's reviews of our templates stand, if any were handed in."""
    here = context.current()
    try:
        templates.look_again(here)
    except (NotMade, Refused) as reason:
        log.warning("reviews_not_seen", reason=str(reason))


class _Broker:
    lock = threading.Lock()
    away_until = 0.0


def wake(task: Any, *arguments: object, after_s: float = 0.0) -> bool:
    """Ask a worker for ``task``; False when the broker is away (the sweep will find the row)."""
    if time.monotonic() < _Broker.away_until:
        return False
    try:
        if task is take_turn and not app.conf.task_always_eager:
            wakeups.push(int(str(arguments[0])), after_s)
        else:
            task.apply_async(arguments, countdown=after_s or None)
    except (OperationalError, redis.RedisError, OSError) as error:
        with _Broker.lock:
            _Broker.away_until = time.monotonic() + BROKER_PAUSE_S
        log.warning("wake_up_lost", task=task.name, reason=type(error).__name__)
        return False
    return True


def wake_all(task: Any, ids: Iterable[int]) -> None:
    """One wake-up per id."""
    for number in ids:
        wake(task, number)


def listen(events: list[Event]) -> None:
    """A commit listener: wake the worker for what has just been stored."""
    burst_s = context.current().settings.burst_window_ms / 1000
    for event in events:
        if event.kind == "message_received":
            after_s = 0.0 if event.data.get("cuts_burst") else burst_s
            wake(take_turn, event.data["conversation_row_id"], after_s=after_s)
        elif event.kind == "message_queued" and delivery.is_held(event.data["message_id"]):
            continue
        elif event.kind == "message_queued":
            wake(deliver, event.data["message_id"])
        elif event.kind == "mail_queued":
            wake(send_mail, event.data["mail_id"])
        elif event.kind == "webhook_queued":
            wake(post_webhooks, event.data["endpoint_id"])
        elif event.kind == "training_requested":
            wake(learn, event.data["training_id"])


_installed: list[Callable[[], None]] = []


def install() -> Callable[[], None]:
    """Wake workers for what this process commits (once, however often asked); returns its stop."""
    if _installed:
        return _installed[0]

    def remove() -> None:
        _installed.clear()
        stop()

    stop = db.on_commit(listen)
    _installed.append(remove)
    return remove


def close_clients() -> None:
    """Close the kept connections to Rasa and Twilio; the next use opens new ones."""
    with _rasa_lock:
        for client in _rasa.values():
            client.close()
        _rasa.clear()
    twilio.close_all()
    _Broker.away_until = 0.0
