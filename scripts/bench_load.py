"""Load for the benchmarks: customers who write through signed webhooks and read the twin's ledger.

Closed loop: so many customers, each writes on as soon as it is answered. Open loop: messages at
fixed moments, whether earlier ones are answered or not, and each is timed from the moment when it
was due: a server that stalls cannot hide it (no coordinated omission). Forms are signed before
their time comes and connections are kept, so that the load costs little beside what it measures.
"""

from __future__ import annotations

import http.client
import itertools
import queue
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from channels.twin import Sent, Twin
from channels.twin.posting import sign

MESSAGES = "/twilio/messages"


@dataclass(frozen=True)
class Line:
    """What a customer writes and what an answer to it must contain."""

    text: str
    answer: re.Pattern[str]


def _line(text: str, answer: str) -> Line:
    return Line(text, re.compile(answer))


TALK = (
    _line("halo kak", r"(?i)selamat|halo|hai"),
    _line("kampas rem depan beat 2019 ada?", r"Rp ?\d"),
    _line("mau 1 kampas rem depan beat 2019", r"(?i)keranjang"),
    _line("lihat keranjang", r"(?i)keranjang[\s\S]*Rp ?\d"),
    _line("lanjut pesan", r"Kirim ke mana"),
    _line("Budi, Jl. Gajah Mada No. {own}, Pontianak Selatan", r"Total Rp"),
    _line("ya, pesankan", r"P-[2-9A-HJ-NP-Z]{5}"),
    _line("pesanan saya sampai mana?", r"P-[2-9A-HJ-NP-Z]{5}"),
)
"""A customer's whole visit: greeting, search, cart, checkout, order, status. Everybody lives in a
house of their own (``{own}``), so this message has never been read before."""


@dataclass(frozen=True)
class Posting:
    """A signed webhook, ready to leave."""

    number: str
    line: Line
    body: bytes
    headers: dict[str, str]


@dataclass
class Answered:
    """A message and when (on the monotonic clock) it was due, acknowledged and answered."""

    number: str
    line: Line
    due: float
    code: int = 0
    acknowledged: float = 0.0
    answered: float = 0.0
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether it was taken and the answer is one to what was written."""
        return 200 <= self.code < 300 and self.line.answer.search(self.text) is not None


class Ear(Twin):
    """Twilio's twin; tells ``heard`` of every message that it accepts, as it accepts it."""

    heard: Callable[[Sent], None] = staticmethod(lambda _: None)

    def _announce(self, sent: Sent) -> None:
        self.heard(sent)
        super()._announce(sent)


class Lines:
    """Kept connections to one server, at most as many as are used at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    @contextmanager
    def one(self, *, fresh: bool = False) -> Iterator[http.client.HTTPConnection]:
        """A connection of the caller's own; closed if anything went wrong on it."""
        try:
            if fresh:
                raise queue.Empty
            line = self._free.get_nowait()
        except queue.Empty:
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            yield line
        except BaseException:
            line.close()
            raise
        self._free.put(line)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; 0 without an answer. A kept connection that the server has closed
        meanwhile is opened anew: what is posted here may be posted twice."""
        for fresh in (False, True):
            try:
                with self.one(fresh=fresh) as line:
                    line.request("POST", path, body, headers)
                    answer = line.getresponse()
                    return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                continue
        return 0, b""

    def close(self) -> None:
        """Close them all."""
        while not self._free.empty():
            self._free.get().close()


@dataclass
class Customers:
    """Phones on WhatsApp, never twice the same, and what each was last answered."""

    twin: Ear
    port: int
    public_url: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.lines = Lines(self.port)
        self._open: dict[str, tuple[Answered, Callable[[Answered], None]]] = {}
        self._lock = threading.Lock()
        self.twin.heard = self._heard

    def number(self) -> str:
        """The address of a new customer."""
        return f"whatsapp:+62813{next(self.numbers):08d}"

    def signed(self, number: str, line: Line) -> Posting:
        """The webhook of one message."""
        text = line.text.replace("{own}", str(int(number[-6:])))
        form = self.twin.inbound_form(number, text)
        signature = sign(self.public_url + MESSAGES, form, self.twin.token)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
        }
        return Posting(number, line, urllib.parse.urlencode(form).encode(), headers)

    def send(self, posting: Posting, due: float, then: Callable[[Answered], None]) -> Answered:
        """Post now; ``then`` is called once the shop has taken it and Twilio has the answer,
        whichever comes first."""
        said = Answered(posting.number, posting.line, due)
        with self._lock:
            self._open[posting.number] = said, then
        code, _ = self.lines.post(MESSAGES, posting.body, posting.headers)
        with self._lock:
            said.code, said.acknowledged = code, time.monotonic()
            complete = bool(said.answered)
        if complete:
            then(said)
        return said

    def asks(self, number: str, line: Line, limit_s: float = 60.0) -> Answered:
        """Write and wait for the answer. Raises TimeoutError."""
        come = threading.Event()
        said = self.send(self.signed(number, line), time.monotonic(), lambda _: come.set())
        if not come.wait(limit_s):
            raise TimeoutError(f"no answer to {line.text!r} within {limit_s:.0f} s")
        return said

    def _heard(self, sent: Sent) -> None:
        now = time.monotonic()
        with self._lock:
            found = self._open.pop(sent.to, None)
            if found is None:
                return
            said, then = found
            said.answered, said.text = now, sent.shown
            complete = bool(said.acknowledged)
        if complete:
            then(said)


def closed_loop(
    customers: Customers, at_once: int, lasts_s: float, talk: Sequence[Line] = TALK
) -> tuple[list[Answered], int]:
    """``at_once`` customers write the whole of ``talk``, then new ones come. All that was answered,
    and how many of it within the time. A wrong answer ends that customer's visit."""
    done: list[Answered] = []
    ready: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
    places: dict[str, int] = {}
    ended = threading.Semaphore(0)
    end = time.monotonic() + lasts_s

    def answered(said: Answered) -> None:
        done.append(said)
        place = places[said.number] + 1
        goes_on = said.good and place < len(talk)
        ready.put((said.number, place) if goes_on else (customers.number(), 0))

    def write() -> None:
        while (wanted := ready.get()) is not None:
            number, place = wanted
            if (now := time.monotonic()) >= end:
                ended.release()
                continue
            places[number] = place
            customers.send(customers.signed(number, talk[place]), now, answered)

    writers = [threading.Thread(target=write, daemon=True) for _ in range(min(at_once, 16))]
    for _ in range(at_once):
        ready.put((customers.number(), 0))
    for writer in writers:
        writer.start()
    for _ in range(at_once):
        ended.acquire(timeout=lasts_s + 60)
    for _ in writers:
        ready.put(None)
    return done, sum(said.answered <= end for said in done)


def open_loop(
    customers: Customers, rate: float, lasts_s: float, talk: Sequence[Line] = TALK,
    *, apart_s: float = 3.0, patience_s: float = 30.0,
) -> list[Answered]:  # fmt: skip
    """``rate`` messages a second at their moments, each customer's ``apart_s`` apart; of each place
    of ``talk`` as many as of any other.

    Returns all messages, those without an answer too (``answered`` 0).
    """
    count, beside = round(rate * lasts_s), max(1, round(rate * apart_s))
    visits = [(customers.number(), n % len(talk)) for n in range(beside)]
    with ThreadPoolExecutor(8) as pool:  # what they have said before is not measured
        list(pool.map(lambda visit: [customers.asks(visit[0], one) for one in talk[:visit[1]]],
                      visits))  # fmt: skip
    postings = _in_turns(customers, count, visits, talk)
    all_said: list[Answered] = []
    left = threading.Semaphore(0)
    begun = time.monotonic() + 0.2

    def send(posting: Posting, due: float) -> None:
        all_said.append(customers.send(posting, due, lambda _: left.release()))

    with ThreadPoolExecutor(32) as pool:
        for place, posting in enumerate(postings):
            due = begun + place / rate
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(send, posting, due)
    limit = time.monotonic() + patience_s
    for _ in postings:
        if not left.acquire(timeout=max(0.0, limit - time.monotonic())):
            break
    return all_said


def _in_turns(
    customers: Customers, count: int, visits: list[tuple[str, int]], talk: Sequence[Line]
) -> list[Posting]:
    """``count`` webhooks of customers who write one after the other; who has said all is followed
    by somebody new."""
    made: list[Posting] = []
    for n in range(count):
        number, place = visits[n % len(visits)]
        made.append(customers.signed(number, talk[place]))
        following = (number, place + 1) if place + 1 < len(talk) else (customers.number(), 0)
        visits[n % len(visits)] = following
    return made


def at_moments(acts: Sequence[Callable[[], int]], rate: float) -> tuple[list[float], list[int]]:
    """Do all at ``rate`` a second; seconds from when each was due to its end, and its answer."""
    begun = time.monotonic() + 0.2

    def act(numbered: tuple[int, Callable[[], int]]) -> tuple[float, int]:
        place, one = numbered
        due = begun + place / rate
        time.sleep(max(0.0, due - time.monotonic()))
        code = one()
        return time.monotonic() - due, code

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(act, enumerate(acts)))
    return [took for took, _ in found], [code for _, code in found]


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which ``share`` of them lie; not a number when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
