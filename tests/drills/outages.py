"""Something that the shop stands on is away, hangs, lies, is slow or full."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import sqlalchemy as sa

from channels.twin.http import Answer, Request
from channels.twin.posting import post
from tests.drills.crowd import CODE, YES, Phone, is_aside, is_person
from tests.drills.drill import Bench, Outcome, drill, gone, longest
from tests.drills.provider import talkers
from tests.drills.stage import PUBLIC, wait_for

PATH = "/twilio/messages"


def _acknowledged(bench: Bench, forms: list[dict[str, str]]) -> tuple[list[int], list[float]]:
    """Post once each, eight at a time: (codes, seconds)."""

    def one(form: dict[str, str]) -> tuple[int, float]:
        begun = time.monotonic()
        code = bench.crowd.post(form, retries=0).codes[-1]
        return code, time.monotonic() - begun

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, forms))
    return [code for code, _ in found], [seconds for _, seconds in found]


def _confirmed(phones: list[Phone], since: dict[str, int]) -> int:
    """How many were told of an order in what came after ``since``."""
    return sum(
        any(CODE.search(text) for text in phone.inbox()[since[phone.address] :]) for phone in phones
    )


def _at_summary(bench: Bench, count: int) -> tuple[list[Phone], dict[str, int]]:
    phones = bench.some_buyers(count)
    bench.crowd.each(Phone.to_summary, phones, 6)
    bench.settle()
    return phones, {phone.address: len(phone.inbox()) for phone in phones}


def _notices_due(bench: Bench, phones: list[Phone], since: dict[str, int]) -> list[str]:
    """Customers who heard the holding text more than once (at most once per ten minutes)."""
    wrong = []
    for phone in phones:
        asides = [text for text in phone.inbox()[since[phone.address] :] if is_aside(text)]
        holding = [text for text in asides if not is_person(text)]
        if len(holding) > 1:
            wrong.append(f"…{phone.number[-4:]} was put off {len(holding)} times")
    return wrong


@drill("F5", "action server away while customers confirm", "0 false confirmations; all answered or "
       "handed off; breaker opens after ≤ 5 failures; seen in the figures ≤ 60 s",
       limit_s=2000)  # fmt: skip
def actions_away(bench: Bench) -> Outcome:
    """Everybody says yes to the summary; nobody may be told of an order before it is there. Turns
    that are already asked when the fifth fails (eight at a time) still come to their end."""
    phones, since = _at_summary(bench, bench.count(500, 6))
    away_s = max(20.0, 600 * bench.scale)
    begun, failed = time.monotonic(), _failed_turns(bench)
    with gone(bench.stage, "actions"):
        for phone in phones:
            phone.sends(YES)
        seen = wait_for(lambda: _failed_turns(bench) > failed, "failed turns in the figures", 60)
        opened = wait_for(lambda: _figure(bench, "sapa_assistant_paused"), "an open breaker", 60)
        asked = bench.stage.rasa.asked
        wait_for(lambda: time.monotonic() - begun > away_s, "the outage", away_s + 30)
        false = _confirmed(phones, since)
        orders = sum(bench.orders(phones).values())
        asked = bench.stage.rasa.asked - asked
    bench.settle(400)
    wrong = [f"{false} told of an order while none was made ({orders})"] if false > orders else []
    wrong += _notices_due(bench, phones, since)
    people = sum(any(is_person(text) for text in phone.inbox()) for phone in phones)
    told = _confirmed(phones, since)
    if told + people < len(phones):
        wrong.append(f"{len(phones) - told - people} have neither an order nor a person")
    if _figure(bench, "sapa_assistant_paused"):
        wrong.append("the breaker is still open")
    had = (
        f"{false} false; {told} ordered after it, {people} to people; in figures {seen:.0f} s,"
        f" breaker open {opened:.1f} s later, then asked {asked} times in {away_s:.0f} s"
    )
    return Outcome(f"{len(phones)} customers say yes in {away_s:.0f} s away", had, wrong)


def _failed_turns(bench: Bench) -> float:
    """What the alert SapaTurnsFail is made of: turns that ended otherwise than answered."""
    return _figure(bench, "sapa_turns_total", but='end="answered"')


def _figure(bench: Bench, name: str, but: str = "\n") -> float:
    """The sum of a worker's figure, without what has ``but`` in its labels."""
    port = bench.stage.ports["metrics"]
    shown = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5, trust_env=False).text
    return sum(
        float(line.split()[-1])
        for line in shown.splitlines()
        if line.startswith((f"{name}{{", f"{name} ")) and but not in line
    )


def _says(status: int, body: bytes) -> Callable[[Request], Answer | None]:
    return lambda request: Answer(status, body) if request.method == "POST" else None


@contextmanager
def _rasa_trouble(bench: Bench, kind: str) -> Iterator[None]:
    stage = bench.stage
    if kind == "away":
        with gone(stage, "rasa"):
            yield
    elif kind == "hanging":
        stage.freeze("rasa")
        try:
            yield
        finally:
            stage.thaw("rasa")
    else:
        stage.rasa.fault = _says(200, b"[]") if kind == "answering []" else _says(500, b"{}")
        try:
            yield
        finally:
            stage.rasa.fault = None


@drill("F6", "Rasa away, hanging, answering [] or 500", "inbox keeps; acknowledged as fast; put "
       "off at most once; in order on return", limit_s=2400)  # fmt: skip
def rasa_troubled(bench: Bench) -> Outcome:
    """The same for each of four kinds of trouble."""
    each = bench.count(125, 4)
    wrong: list[str] = []
    took: list[float] = []
    handed = 0
    for kind in ("away", "hanging", "answering []", "answering 500"):
        phones, since = _at_summary(bench, each)
        forms = [bench.stage.twin.inbound_form(phone.address, YES) for phone in phones]
        with _rasa_trouble(bench, kind):
            codes, seconds = _acknowledged(bench, forms)
            wait_for(lambda: _postponed(bench) >= 1, "a turn that failed", 60)
        took += seconds
        bench.settle(400)
        wrong += [f"{kind}: {code}" for code in codes if code != 204]
        wrong += [f"{kind}: {said}" for said in _notices_due(bench, phones, since)]
        people = sum(any(is_person(text) for text in phone.inbox()) for phone in phones)
        handed += people
        missing = len(phones) - people - _confirmed(phones, since)
        if missing:
            wrong.append(f"{kind}: {missing} have neither an order nor a person")
    had = f"acknowledged {longest(took)}; {4 * each - handed} ordered, {handed} to people"
    return Outcome(f"4 kinds × {each} customers who say yes", had, wrong)


def _postponed(bench: Bench) -> int:
    return bench.scalar("SELECT count(*) FROM turns WHERE state = 'running' AND error IS NOT NULL")


@drill("F7", "PostgreSQL away", "0 acknowledged without a row; 0 lost after it; no crash loop",
       limit_s=600)  # fmt: skip
def database_away(bench: Bench) -> Outcome:
    """Webhooks keep coming; Twilio posts again what was answered with 503."""
    phones = talkers(bench, 10)
    total, away_s = bench.count(1000, 30), max(10.0, 60 * bench.scale)
    forms = [
        bench.stage.twin.inbound_form(phones[n % 10].address, f"busi nomor {n} ada?")
        for n in range(total)
    ]
    pids = {name: child.pid for name, child in bench.stage.running.items()}
    begun = time.monotonic()
    with gone(bench.stage, "postgres"):
        codes, seconds = _acknowledged(bench, forms)
        wait_for(lambda: time.monotonic() - begun > away_s, "the outage", away_s + 60)
    untaken = [form for form in forms if not bench.crowd.posts[form["MessageSid"]].taken]
    for form in untaken:
        bench.crowd.post(form)
    bench.settle(600)
    counted = Counter(codes)
    wrong = [f"{number} answered {code}" for code, number in counted.items() if code not in {503}]
    wrong += [f"{name} was restarted" for name, child in bench.stage.running.items()
              if child.pid != pids[name] or child.exit_code is not None]  # fmt: skip
    lost = sum(not bench.crowd.posts[form["MessageSid"]].taken for form in forms)
    wrong += [f"{lost} lost"] if lost else []
    had = f"answers {dict(counted)}, {longest(seconds)}; {lost} lost after {len(untaken)} again"
    return Outcome(f"{total} webhooks in {away_s:.0f} s without a database", had, wrong)


@drill("F8", "PostgreSQL slow: the messages are locked for 20 s, then all connections taken",
       "503 within 3 s, never > 15 s; console degraded, not dead", limit_s=300)  # fmt: skip
def database_slow(bench: Bench) -> Outcome:
    """A lock on the table of messages; then as many waiting requests as there are threads."""
    phones = talkers(bench, 4)
    wrong, took = [], []
    engine = bench.stage.engine
    with ThreadPoolExecutor(80) as pool:  # more than the connections of both web processes
        with engine.connect() as keeper:
            keeper.execute(sa.text("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE"))
            forms = [
                bench.stage.twin.inbound_form(phones[n % 4].address, f"ongkir {n} kg?")
                for n in range(bench.count(80, 70))
            ]
            posting = [pool.submit(_timed, bench, form) for form in forms]
            begun = time.monotonic()
            page = bench.stage.http.get("/healthz").status_code
            login = bench.stage.http.get("/console/login").status_code
            page_s = time.monotonic() - begun
            wait_for(lambda: time.monotonic() - begun > 20, "twenty seconds", 25)
            keeper.rollback()
        found = [one.result() for one in posting]
    codes = Counter(code for code, _ in found)
    took = [seconds for _, seconds in found]
    if max(took) > 3:
        wrong.append(f"an answer took {max(took):.1f} s")
    if any(code not in {204, 503} for code in codes):
        wrong.append(f"answers {dict(codes)}")
    if page != 200 or login >= 500 or page_s > 3:
        wrong.append(f"pages: {page}, {login}, {page_s:.1f} s")
    for form in forms:
        bench.crowd.post(form)
    bench.settle(300)
    had = f"answers {dict(codes)}, {longest(took)}; pages beside it {page_s:.1f} s"
    return Outcome(f"{len(forms)} webhooks at a locked table", had, wrong)


def _timed(bench: Bench, form: dict[str, str]) -> tuple[int, float]:
    begun = time.monotonic()
    code = post(bench.stage.url + PATH, form, bench.stage.twin.token, PUBLIC + PATH)
    return code, time.monotonic() - begun


@drill("F9", "Valkey away, hanging, emptied", "correctness unchanged", limit_s=900)
def redis_troubled(bench: Bench) -> Outcome:
    """Customers order through each of three troubles; one may be asked a question again."""
    wrong: list[str] = []
    ordered = people = 0
    each = bench.count(40, 3)
    for kind in ("emptied", "hanging", "away"):
        phones = bench.some_buyers(each)
        over = threading.Event()
        with ThreadPoolExecutor(len(phones) + 1) as pool:
            buying = [pool.submit(Phone.buys, phone, 300) for phone in phones]
            heard = "SELECT count(*) FROM messages m JOIN conversations c ON c.id ="
            heard += " m.conversation_id JOIN channel_addresses a ON a.id = c.address_id"
            heard += " WHERE m.direction = 'inbound' AND a.address = ANY(:own)"
            own = [phone.channel_address for phone in phones]
            wait_for(lambda: bench.scalar(heard, own=own) > each, "they order", 90)  # noqa: B023
            with _redis_trouble(bench, kind):
                time.sleep(5)  # how long it lasts; nothing is waited for by this
            codes = [one.result() for one in buying]
        over.set()
        ordered += sum(code is not None for code in codes)
        people += sum(code is None for code in codes)
        bench.settle(240)
        placed = bench.orders(phones)
        wrong += [f"{kind}: {n} orders" for n in placed.values() if n > 1]
        wrong += [f"{kind}: told of an order that is not there"
                  for phone, code in zip(phones, codes, strict=True)
                  if code and not placed[phone.channel_address]]  # fmt: skip
    return Outcome(f"3 troubles × {each} buyers", f"{ordered} ordered, {people} to people", wrong)


@contextmanager
def _redis_trouble(bench: Bench, kind: str) -> Iterator[None]:
    if kind == "emptied":
        bench.stage.redis.flushall()
        yield
    elif kind == "hanging":
        bench.stage.freeze("valkey")
        try:
            yield
        finally:
            bench.stage.thaw("valkey")
    else:
        with gone(bench.stage, "valkey"):
            yield
