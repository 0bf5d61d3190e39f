"""Very many at once: buyers of the last pieces, open pages, webhooks at a rate, a long day."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import sqlalchemy as sa

from crm_core import conversations, stock
from crm_core.timeline import Actor
from tests.drills.crowd import ADDRESS, CODE, GO_ON, YES, Phone
from tests.drills.drill import Bench, Outcome, drill
from tests.drills.provider import talkers
from tests.drills.stage import OWN, NotReadyError, wait_for

SCARCE = "06455KVY911"
"""Pads of another bike, ordered by number: nobody else in a drill wants them."""
LAST = 10


@drill("C2", "very many order the last ten pieces by chat", "exactly 10 sold; ≥ 20 turns/s",
       limit_s=900)  # fmt: skip
def last_pieces(bench: Bench) -> Outcome:
    """Everybody is at the summary; then all say yes together."""
    count = bench.count(200, 14)
    with bench.stage.work() as session:
        stock.correct(session, SCARCE, 10_000, Actor.system("drill"), "stok untuk latihan")
    phones = bench.some_buyers(count)

    def prepare(phone: Phone) -> None:
        for text in (f"mau 1 {SCARCE}", GO_ON, ADDRESS):
            phone.says(text, 120)

    bench.crowd.each(prepare, phones, 12)
    held = bench.scalar(
        "SELECT l.reserved FROM stock_levels l JOIN parts p ON p.id = l.part_id"
        " WHERE p.part_code = :code", code=SCARCE,
    )  # fmt: skip
    with bench.stage.work() as session:
        stock.correct(session, SCARCE, held + LAST, Actor.system("drill"), "tinggal sepuluh")
    turns = "SELECT count(*) FROM turns WHERE state = 'answered'"
    before, begun = bench.scalar(turns), time.monotonic()
    bench.crowd.each(lambda phone: phone.says(YES, 240), phones, count)
    took = time.monotonic() - begun
    rate = (bench.scalar(turns) - before) / took
    bench.settle(300)
    sold = sum(bench.orders(phones).values())
    told = sum(any(CODE.search(text) for text in phone.inbox()) for phone in phones)
    wrong = [] if (sold, told) == (LAST, LAST) else [f"{sold} sold, {told} told so"]
    if rate < 20:
        wrong.append(f"{rate:.0f} turns/s")
    had = f"{sold} sold, {count - told} told politely; {rate:.0f} turns/s"
    return Outcome(f"{count} buyers say yes at once", had, wrong)


class _Page(threading.Thread):
    """One open chat page: reads events until it is closed."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self.url, self.token = url, token
        self.opened = threading.Event()
        self.heard: list[tuple[float, str]] = []
        self.over = threading.Event()
        self.after = "0"

    def run(self) -> None:
        """Listen; end quietly whatever happens to the connection."""
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": self.after}
        try:
            with (
                httpx.Client(trust_env=False, timeout=httpx.Timeout(5, read=60)) as client,
                client.stream("GET", f"{self.url}/webchat/events", headers=headers) as answer,
            ):
                if answer.status_code == 200:
                    self.opened.set()
                for line in answer.iter_lines():
                    self._read(line)
                    if self.over.is_set():
                        return
        except httpx.HTTPError:
            return

    def _read(self, line: str) -> None:
        if line.startswith("id:"):
            self.after = line.removeprefix("id:").strip()
        if line.startswith("data:") and "Kabar" in line:
            self.heard.append((time.time(), line))


@drill("C11", "many open chat pages", "events within 1 s (p99); nothing missed after a resume",
       limit_s=400)  # fmt: skip
def open_pages(bench: Bench) -> Outcome:
    """Ten pages for each visitor; a message to each; then one comes back and has missed nothing.

    Counted from the moment when the message was sent, not from when the drill asked for it.
    """
    count = bench.count(1000, 40)
    made = [_visitor(bench) for _ in range(max(2, count // 10))]
    pages = [_Page(bench.stage.url, made[n % len(made)][1]) for n in range(count)]
    for page in pages:
        page.start()
    time.sleep(3)  # pages that find no place wait for one; how many have one is counted
    opened = [page for page in pages if page.opened.is_set()]
    memory = _resident(bench, "web")
    told = [_tell(bench, visitor, "Kabar satu untuk Kakak") for visitor, _ in made]
    with contextlib.suppress(NotReadyError):  # counted below
        wait_for(lambda: all(page.heard for page in opened), "all open pages heard", 30)
    deaf = sum(not page.heard for page in opened)
    left = _sent_at(bench, told)
    waits = [page.heard[0][0] - left[told[n % len(made)]]
             for n, page in enumerate(pages) if page.opened.is_set() and page.heard]  # fmt: skip
    for page in pages:
        page.over.set()
    missed = _resumed(bench, made[0])
    bench.settle()
    slow = sorted(waits)[int(len(waits) * 0.99) - 1] if waits else 99.0
    wrong = [f"{count - len(opened)} found no place"] if len(opened) < count else []
    wrong += [f"{deaf} heard nothing"] if deaf else []
    wrong += [f"p99 {slow:.1f} s"] if slow > 1 else []
    wrong += [f"{missed} missed after a resume"] if missed else []
    had = f"{len(opened)} open, event p99 {slow:.2f} s, web {memory:.0f} MB, {missed} missed"
    return Outcome(f"{count} pages", had, wrong)


def _visitor(bench: Bench) -> tuple[str, str]:
    """A visitor with a conversation: (address, token)."""
    with httpx.Client(base_url=bench.stage.url, timeout=30, trust_env=False) as client:
        session = client.post("/webchat/session", json={}).json()
        token = str(session["token"])
        headers = {"Authorization": f"Bearer {token}"}
        body = {"client_id": "halo-0001", "text": "halo kak"}
        client.post("/webchat/messages", json=body, headers=headers).raise_for_status()
    return f"web:{session['visitor']}", token


def _tell(bench: Bench, address: str, text: str) -> int:
    with bench.stage.work() as session:
        talk = conversations.of_address(session, address)
        assert talk is not None
        return conversations.say(session, talk, text, author="system").id


def _sent_at(bench: Bench, ids: Sequence[int]) -> dict[int, float]:
    """When each message was sent, seconds since 1970."""
    query = sa.text("SELECT id, extract(epoch FROM sent_at) FROM messages WHERE id = ANY(:ids)")
    with bench.stage.engine.connect() as connection:
        return {row[0]: float(row[1] or 0) for row in connection.execute(query, {"ids": list(ids)})}


def _resumed(bench: Bench, visitor: tuple[str, str]) -> int:
    """Ten messages while the page is away; how many it lacks when it is back."""
    address, token = visitor
    page = _Page(bench.stage.url, token)
    page.start()
    wait_for(page.opened.is_set, "a page", 30)
    last = _tell(bench, address, "Kabar terakhir sebelum pergi")
    wait_for(lambda: page.heard, "the last message", 30)
    page.over.set()
    for number in range(10):
        _tell(bench, address, f"Kabar nomor {number}")
    back = _Page(bench.stage.url, token)
    back.after = str(last)
    back.start()
    with contextlib.suppress(NotReadyError):  # counted by the caller
        wait_for(lambda: len(_numbers(back)) >= 10, "all that was missed", 40)
    back.over.set()
    return 10 - len(_numbers(back))


def _numbers(page: _Page) -> set[str]:
    said = " ".join(line for _, line in page.heard)
    return {f"nomor {n}" for n in range(10) if f"Kabar nomor {n}" in said}


def _resident(bench: Bench, name: str) -> float:
    """Megabytes of a process and all below it."""
    top = psutil.Process(bench.stage.running[name].pid)
    return sum(one.memory_info().rss for one in [top, *top.children(recursive=True)]) / 1e6


@drill("C12", "webhooks at 200 a second", "acknowledged p50 ≤ 30 ms, p99 ≤ 300 ms", limit_s=1500)
def at_a_rate(bench: Bench) -> Outcome:
    """Posted at their times, whether earlier ones are answered or not."""
    rate, lasts = 200, max(3.0, 30 * bench.scale)
    phones = bench.crowd.phones(40)
    forms = [
        bench.stage.twin.inbound_form(phones[n % 40].address, "ongkir ke Sambas?")
        for n in range(int(rate * lasts))
    ]
    begun = time.monotonic() + 0.5

    def send(numbered: tuple[int, dict[str, str]]) -> tuple[int, float]:
        number, form = numbered
        due = begun + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        code = bench.crowd.post(form, retries=0).codes[-1]
        return code, time.monotonic() - due

    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(send, enumerate(forms)))
    codes, times = Counter(code for code, _ in found), sorted(took for _, took in found)
    p50, p99 = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
    bench.settle(900)
    wrong = [] if set(codes) == {204} else [f"answers {dict(codes)}"]
    wrong += [f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"] if p50 > 30 or p99 > 300 else []
    return Outcome(f"{len(forms)} in {lasts:.0f} s", f"p50 {p50:.0f} ms, p99 {p99:.0f} ms", wrong)


@drill("C13", "a history of orders and cancellations under kills, checked",
       "0 anomalies", limit_s=1200)  # fmt: skip
def history(bench: Bench) -> Outcome:
    """Customers order and cancel by chat while workers are killed; then every part's stock is
    derived again from the orders alone, and each customer's last word is what holds."""
    phones = bench.crowd.phones(bench.count(100, 6))
    over = threading.Event()

    def live(phone: Phone) -> tuple[int, int]:
        code = phone.buys(400)
        if code is None:
            return 0, 0
        for text in (f"batalkan pesanan {code}", "ya, batalkan"):
            phone.says(text, 200)
        return 1, 1

    with ThreadPoolExecutor(min(12, len(phones))) as pool:
        living = [pool.submit(live, phone) for phone in phones]
        for _ in range(bench.count(10, 2)):
            half = sum(not one.done() for one in living)
            over.wait(4)  # kills at no particular moment
            if half:
                bench.stage.kill("worker")
                bench.stage.start_again("worker")
        done = [one.result() for one in living]
    bench.settle(300)
    wrong = _anomalies(bench, phones)
    had = f"{sum(o for o, _ in done)} orders, {sum(c for _, c in done)} cancellations, {len(wrong)}"
    return Outcome(f"{len(phones)} customers, kills meanwhile", f"{had} anomalies", wrong)


def _anomalies(bench: Bench, phones: Sequence[Phone]) -> list[str]:
    held = sa.text(
        "SELECT p.part_code, l.reserved, coalesce(sum(ol.quantity) FILTER (WHERE o.state IN"
        " ('awaiting_payment', 'paid', 'packed')), 0) AS owed FROM stock_levels l"
        " JOIN parts p ON p.id = l.part_id LEFT JOIN order_lines ol ON ol.part_id = p.id"
        " LEFT JOIN orders o ON o.id = ol.order_id GROUP BY 1, 2"
        " HAVING l.reserved <> coalesce(sum(ol.quantity) FILTER (WHERE o.state IN"
        " ('awaiting_payment', 'paid', 'packed')), 0)"
    )
    kept = sa.text(
        "SELECT a.address, o.state FROM orders o JOIN channel_addresses a USING (customer_id)"
        " WHERE a.address = ANY(:own)"
    )
    with bench.stage.engine.connect() as connection:
        wrong = [f"{row.part_code}: {row.reserved} held, {row.owed} owed"
                 for row in connection.execute(held)]  # fmt: skip
        own = [phone.channel_address for phone in phones]
        states = Counter(row.address for row in connection.execute(kept, {"own": own}))
    return wrong + [f"…{address[-4:]}: {n} orders" for address, n in states.items() if n > 1]


@drill("C14", "a long day, faster", "memory grows ≤ 5 % once warm", limit_s=2400)
def soak(bench: Bench) -> Outcome:
    """Talk without a pause; memory at one quarter of the time against memory at the end."""
    lasts = max(30.0, 1800 * bench.scale)
    phones = talkers(bench, 8)
    over = threading.Event()
    said = [0]

    def talk(phone: Phone) -> None:
        while not over.is_set():
            phone.says("kampas rem depan beat 2019 ada?", 120)
            said[0] += 1

    begun, early = time.monotonic(), {}
    with ThreadPoolExecutor(len(phones)) as pool:
        talking = [pool.submit(talk, phone) for phone in phones]
        while (now := time.monotonic() - begun) < lasts:
            if now > lasts / 4 and not early:
                early = {name: _resident(bench, name) for name in OWN}
            over.wait(1)
        over.set()
        for one in talking:
            one.result()
    late = {name: _resident(bench, name) for name in OWN}
    bench.settle()
    grown = {name: 100 * (late[name] / early[name] - 1) for name in OWN if name != "rasa"}
    wrong = [f"{name} grew by {more:.0f} %" for name, more in grown.items() if more > 5]
    sizes = ", ".join(f"{name} {size:.0f} MB" for name, size in late.items())
    most = max(grown, key=lambda name: grown[name])
    had = f"{sizes}; {most} grew most, by {grown[most]:.1f} %"
    return Outcome(f"{said[0]} turns in {lasts:.0f} s", had, wrong)
