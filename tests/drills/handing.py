"""Who speaks, who is stuck, whose clock is wrong: hand-offs, slow actions, poison, time."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from celery import Celery
from sqlalchemy.orm import Session

from channels.backlog import WORKER_SEEN
from channels.turns import MAX_ATTEMPTS
from channels.twin.http import Answer, Request
from crm_core import conversations, handoffs, staff
from crm_core.errors import Conflict
from tests.drills.crowd import CODE, YES, Phone, is_person
from tests.drills.drill import Bench, Outcome, drill, longest
from tests.drills.provider import talkers
from tests.drills.stage import NotReadyError, wait_for
from tests.world import at_once

AGENTS = ("siti@sapa.example", "dedi@sapa.example")


def _talk(session: Session, phone: Phone) -> conversations.Conversation:
    found = conversations.of_address(session, phone.channel_address)
    assert found is not None
    return found


@drill("F18", "the worker's clock an hour ahead, then an hour behind",
       "orders go on; each lapses once, by the database's time; no negative ages",
       limit_s=500)  # fmt: skip
def wrong_clock(bench: Bench) -> Outcome:
    """Only the worker is wrong; web, actions and the database are right."""
    wrong, ordered = [], 0
    before = bench.scalar("SELECT coalesce(max(id), 0) FROM messages")
    each = bench.count(20, 3)
    for seconds in (3600, -3600):
        bench.stage.clocks["worker"] = seconds
        bench.stage.kill("worker")
        bench.stage.start_again("worker")
        phones = bench.some_buyers(each)
        codes = bench.crowd.each(_bought, phones, 4)
        ordered += sum(codes)
        if not all(codes):
            wrong.append(f"{seconds:+} s: {codes.count(False)} got stuck until the clock was right")
        wrong += _early(bench, phones[0]) if seconds > 0 else []
        figures = bench.stage.http.get("/metrics").text
        if any(line.startswith("sapa_") and line.split()[-1].startswith("-")
               for line in figures.splitlines() if not line.startswith("#")):  # fmt: skip
            wrong.append("a figure is negative")
    bench.stage.clocks.clear()
    bench.stage.kill("worker")
    bench.stage.start_again("worker")
    placed = bench.orders(phones)
    for phone in [phone for phone in phones if placed[phone.channel_address]][:1]:
        wrong += _once(bench, phone)
    bench.settle()
    refused = bench.scalar(
        "SELECT count(*) FROM messages WHERE error_code = '63016' AND id > :before", before=before
    )
    wrong += [f"{refused} answers refused as too late"] if refused else []
    return Outcome(f"worker +1 h and −1 h, {2 * each} buyers", f"{ordered} ordered", wrong)


def _bought(phone: Phone) -> bool:
    try:
        return phone.buys(120) is not None
    except AssertionError:
        return False


_STATE = (
    "SELECT count(*) FROM orders JOIN channel_addresses a USING (customer_id)"
    " WHERE a.address = :address AND state = 'expired'"
)


def _due(bench: Bench, phone: Phone, minutes: int) -> None:
    """Let the time to pay be over so many minutes from now (by the database's time)."""
    change = sa.text(
        "UPDATE orders SET expires_at = now() + make_interval(mins => :minutes) WHERE customer_id ="
        " (SELECT customer_id FROM channel_addresses WHERE address = :address)"
    )
    with bench.stage.work() as session:
        session.execute(change, {"minutes": minutes, "address": phone.channel_address})


def _early(bench: Bench, phone: Phone) -> list[str]:
    """A worker an hour ahead is asked to end what is over; half an hour is left to pay."""
    _due(bench, phone, 30)
    wrong, asked_at = [], time.time()
    Celery(broker=bench.stage.settings.redis_url).send_task("channels.tasks.expire_orders")
    try:
        wait_for(lambda: _sweep_seen(bench) > asked_at, "a sweep", 20)
    except NotReadyError:
        wrong.append("no sweep: what beat asks for counts as too old (alert SapaSweepMissing)")
    if bench.scalar(_STATE, address=phone.channel_address):
        wrong.append("an order lapsed half an hour early: by the worker's clock")
    return wrong


def _sweep_seen(bench: Bench) -> float:
    """When the last sweep ran, as its worker has said."""
    return float(bench.stage.redis.get(WORKER_SEEN) or 0)


def _once(bench: Bench, phone: Phone) -> list[str]:
    """An order whose time was over a minute ago lapses, and only once."""
    _due(bench, phone, -1)
    address = phone.channel_address
    wait_for(lambda: bench.scalar(_STATE, address=address), "an order that lapses", 150)
    told = "SELECT count(*) FROM timeline t JOIN channel_addresses a USING (customer_id)"
    told += " WHERE t.action = 'expired' AND a.address = :address"
    return [] if bench.scalar(told, address=address) == 1 else ["an order lapsed more than once"]


@drill("F20", "an action that takes 70 s", "actions of one sender never overlap", limit_s=500)
def slow_action(bench: Bench) -> Outcome:
    """Longer than Rasa is waited for: the turn fails, is tried again, the customer writes on."""
    (phone,) = bench.some_buyers(1)
    phone.to_summary()
    bench.settle()
    lasts = max(25.0, 70 * bench.scale)
    running: dict[str, int] = defaultdict(int)
    overlaps, lock, slowed = [0], threading.Lock(), [0]

    def slow(request: Request) -> Answer | None:
        sender = str(json.loads(request.body).get("sender_id")) if request.body else ""
        with lock:
            running[sender] += 1
            overlaps[0] += sender != "" and running[sender] > 1
            slowed[0] += 1
            first = slowed[0] == 1
        if first:
            time.sleep(lasts)  # the fault itself
        with lock:
            running[sender] -= 1
        return None

    bench.stage.actions.fault = slow
    phone.sends(YES)
    wait_for(lambda: slowed[0] > 0, "the slow action")
    phone.sends("halo, masih di sana?")
    wait_for(lambda: not bench.stage.actions.passing, "the slow action ends", 120)
    took = bench.settle(300)
    orders = bench.orders([phone])[phone.channel_address]
    handed = any(is_person(text) for text in phone.inbox())
    wrong = [f"{overlaps[0]} overlaps"] if overlaps[0] else []
    told = any(CODE.search(text) for text in phone.inbox())
    if orders > 1 or orders != told or not (orders or handed):
        wrong.append(f"{orders} orders, told of one: {told}, handed over: {handed}")
    had = (
        f"{overlaps[0]} overlaps in {slowed[0]} calls; {orders} order, told of it: {told}, to"
        f" people: {handed}; calm after {took:.0f} s"
    )
    return Outcome(f"one action of {lasts:.0f} s", had, wrong)


@drill("F21", "commands and a restart of Rasa while a person has the conversation",
       "0 bot messages until the agent lets go", limit_s=400)  # fmt: skip
def muted(bench: Bench) -> Outcome:
    """The customer types /restart and asks on; Rasa is killed and comes back; then it speaks."""
    phones = talkers(bench, bench.count(20, 3))
    with bench.stage.work() as session:
        agent = staff.by_email(session, AGENTS[0])
        for phone in phones:
            handoffs.claim(session, _talk(session, phone), agent)
    bench.settle()
    heard = {phone.address: len(phone.inbox()) for phone in phones}
    for phone in phones:
        for text in ("/restart", "kampas rem beat ada?", '/session_start{"x":1}'):
            phone.sends(text)
    bench.stage.kill("rasa")
    bench.stage.start_again("rasa")
    for phone in phones:
        phone.sends("halo?")
    bench.settle()
    spoken = sum(len(phone.inbox()) - heard[phone.address] for phone in phones)
    with bench.stage.work() as session:
        agent = staff.by_email(session, AGENTS[0])
        for phone in phones:
            handoffs.hand_back(session, _talk(session, phone), agent)
    bench.settle()
    back = sum(len(phone.inbox()) > heard[phone.address] for phone in phones)
    wrong = [f"{spoken} bot messages"] if spoken else []
    wrong += [f"{len(phones) - back} did not hear the bot again"] if back < len(phones) else []
    had = f"{spoken} bot messages meanwhile, {back} heard it again after"
    return Outcome(f"{len(phones)} conversations, 4 messages each, 1 kill", had, wrong)


def _write_on(phone: Phone, over: threading.Event, waits: list[float]) -> None:
    """A customer who writes all the while, and how long each answer took."""
    while not over.is_set():
        begun = time.monotonic()
        phone.says("jam buka toko?", 240)
        waits.append(time.monotonic() - begun)


@drill("F25", "a message that kills whoever reads it", "to people after 5; others not delayed "
       "> 1 s", limit_s=500)  # fmt: skip
def poison(bench: Bench) -> Outcome:
    """Whoever asks Rasa about it is killed at that moment; another customer writes all the while.

    There are two workers, as F25 is about others than the one that dies. Whoever has two turns on
    their conscience is not asked by a worker any more but by a process of its own.
    """
    sick, well = talkers(bench, 2)
    deaths: list[str] = []
    killed = threading.Event()
    second = bench.stage.another_worker()

    def kill(request: Request) -> Answer | None:
        if b"racun" not in request.body:
            return None
        deaths.append(bench.stage.kill_caller(request.peer))
        killed.set()
        return Answer(None)

    bench.stage.rasa.fault = kill
    over = threading.Event()
    waits: list[float] = []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write_on, well, over, waits)
        sick.sends("ini pesan racun, kak")
        while not any(is_person(text) for text in sick.inbox()):
            if killed.wait(0.2):
                killed.clear()
                second = bench.stage.revive_workers(second)
            if len(deaths) > 2 * MAX_ATTEMPTS:
                break
        over.set()
        writing.result()
    bench.settle()
    second.stop()
    given = any(is_person(text) for text in sick.inbox())
    workers = deaths.count("worker")
    wrong = [] if given and len(deaths) <= MAX_ATTEMPTS else [f"{deaths}, to people: {given}"]
    if max(waits) > 1:
        wrong.append(f"the other customer waited {max(waits):.1f} s")
    late = sum(wait > 1 for wait in waits)
    had = (
        f"to people after {workers} deaths of a worker and {len(deaths) - workers} of processes of"
        f" its own; {late} of {len(waits)} answers to the other customer took more than 1 s,"
        f" {longest(waits)}"
    )
    return Outcome(f"{len(deaths)} kills by one message, two workers", had, wrong)


@drill("C9", "two agents take the same conversation", "one owner", limit_s=200)
def two_agents(bench: Bench) -> Outcome:
    """Both claim at the same moment, on the running shop."""
    phones = talkers(bench, bench.count(50, 4))
    wrong = []
    for phone in phones:

        def claim(email: str, phone: Phone = phone):  # type: ignore[no-untyped-def]
            def deed(session: Session) -> str:
                who = staff.by_email(session, email)
                handoffs.claim(session, _talk(session, phone), who)
                return email

            return deed

        results = at_once(bench.stage.engine, *(claim(email) for email in AGENTS))
        owners = [one for one in results if isinstance(one, str)]
        refused = [one for one in results if isinstance(one, Conflict)]
        if (len(owners), len(refused)) != (1, 1):
            wrong.append(f"…{phone.number[-4:]}: {results}")
    with bench.stage.work() as session:
        for phone in phones:
            talk = _talk(session, phone)
            if talk.agent is not None:
                handoffs.hand_back(session, talk, talk.agent)
    bench.settle()
    return Outcome(
        f"{len(phones)} × 2 claims at once", f"{len(phones) - len(wrong)} with one", wrong
    )
