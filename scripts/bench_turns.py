"""Rows of the benchmark: turns through the whole shop beside a stock Rasa starter, how fast a
webhook is acknowledged, open pages, memory. Peers are measured in turns with us, in the same run.

Nothing that failed is counted: every answer is read and must be one to what was written.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
from bench_load import (
    MESSAGES,
    TALK,
    Answered,
    at_moments,
    closed_loop,
    open_loop,
    percentile,
)
from bench_pages import Pages
from bench_peers import Starter, bare_server, starter_in
from bench_shop import PROCESSES, Shop, resident

from channels.supervisor.children import web_server
from crm_core import conversations
from crm_core.settings import Settings

Figure = tuple[str, float, str, str, float]
"""What, ours, unit, who the peer is, the peer's figure."""
STARTER = "stock Rasa starter"
BARE = "bare Flask page"
AT_ONCE = 12
"""Customers of the closed loop."""
PER_S, WEBHOOKS_PER_S = 10, 200
ROUNDS = 2
"""Sapa and its peer take turns this often."""
NEWS = "Kabar untuk semua"


def figures(folder: Path, lasts_s: float, pages: int = 1_000) -> Iterator[Figure]:
    """All rows; each load lasts ``lasts_s`` seconds, the shop's log lies in ``folder``."""
    settings = Settings(_env_file=None)
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):  # each start would compile all it imports
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(settings.data_dir / "bytecode"))
    made = starter_in(settings.data_dir / "bench" / "starter")
    shop = Shop(folder / "shop", settings.models)
    starter = Starter(made, folder / "starter.log")
    try:
        shop.start()
        starter.wait()
        shop.twin.reports = type(shop.twin.reports)()  # status callbacks have a row of their own
        _warm(shop, starter, min(5.0, lasts_s))
        yield from _worth(_turns(shop, starter, lasts_s))
        yield from _worth(_latency(shop, starter, lasts_s))
        yield from _memory(shop, starter)
        starter.stop()
        yield from _worth(_acknowledged(shop, folder, lasts_s))
        yield from _worth(_open_pages(shop, folder, pages))
    finally:
        starter.stop()
        shop.stop()


class WorthlessError(RuntimeError):
    """Something failed under the load: a figure would say nothing."""


def _worth(rows: Iterator[Figure]) -> Iterator[Figure]:
    """``rows`` until one is worthless, which is said; the rest of the table goes on."""
    try:
        yield from rows
    except WorthlessError as error:
        print(f"left out: {error}", flush=True)


def _warm(shop: Shop, starter: Starter, lasts_s: float) -> None:
    closed_loop(shop.customers, AT_ONCE, lasts_s)
    shop.settle()
    starter.talks(2, min(2.0, lasts_s))


def _checked(said: Sequence[Answered], what: str) -> list[Answered]:
    """All of them, if all were answered well. Raises WorthlessError."""
    wrong = [one for one in said if not one.good]
    if wrong or not said:
        example = f"{wrong[0].line.text!r}: {wrong[0].code} {wrong[0].text!r}" if wrong else ""
        raise WorthlessError(f"{what}: {len(wrong)} of {len(said)} turns failed {example}")
    return list(said)


def _turns(shop: Shop, starter: Starter, lasts_s: float) -> Iterator[Figure]:
    """Closed loop, and what each process worked for a turn."""
    each = lasts_s / ROUNDS
    ours = had = theirs = 0
    work = dict.fromkeys(PROCESSES, 0.0)
    peer_s = 0.0
    peer = psutil.Process(starter.child.pid)
    for _ in range(ROUNDS):
        before = shop.cpu_s()
        said, within = closed_loop(shop.customers, AT_ONCE, each)
        after = shop.cpu_s()
        _checked(said, "turns")
        ours, had = ours + within, had + len(said)
        work = {name: work[name] + after[name] - before[name] for name in PROCESSES}
        used = sum(peer.cpu_times()[:2])
        theirs += starter.talks(4, each)
        peer_s += sum(peer.cpu_times()[:2]) - used
    yield "turns through the whole shop", ours / lasts_s, "turns/s", STARTER, theirs / lasts_s
    a_turn = 1000 * peer_s / max(1, theirs)
    yield "CPU of a turn", 1000 * sum(work.values()) / had, "ms", STARTER, a_turn
    for name in PROCESSES:
        yield f"CPU of a turn: {name}", 1000 * work[name] / had, "ms", STARTER, a_turn


def _latency(shop: Shop, starter: Starter, lasts_s: float) -> Iterator[Figure]:
    """Open loop at ten a second; from when a message was due until Twilio had the answer."""
    each = lasts_s / ROUNDS
    ours: list[float] = []
    acknowledged: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        said = _checked(open_loop(shop.customers, PER_S, each), "latency")
        ours += [one.answered - one.due for one in said]
        acknowledged += [one.acknowledged - one.due for one in said]
        shop.settle()
        took, codes = at_moments(starter.turns(round(PER_S * each), 40), PER_S)
        if set(codes) != {200}:
            raise WorthlessError("latency: the starter failed")
        theirs += took
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        a, b = 1000 * percentile(ours, share), 1000 * percentile(theirs, share)
        yield f"a turn at {PER_S} a second, {name}", a, "ms", STARTER, b
    a = 1000 * percentile(acknowledged, 0.5)
    yield "of it until acknowledged, p50", a, "ms", STARTER, 1000 * percentile(theirs, 0.5)


def _memory(shop: Shop, starter: Starter) -> Iterator[Figure]:
    """Resident after the load. Shared pages count once (PSS) in the sum, as a machine counts them;
    in full in the line of each process."""
    _, peer = resident([psutil.Process(starter.child.pid)])
    found = shop.memory()
    yield "memory of all processes", sum(one[1] for one in found.values()), "MB", STARTER, peer
    for name, (_, proportional) in found.items():
        yield f"memory: {name}", proportional, "MB", STARTER, peer


def _acknowledged(shop: Shop, folder: Path, lasts_s: float) -> Iterator[Figure]:
    """200 webhooks a second of forty customers, with the worker at rest and at work."""
    count = round(WEBHOOKS_PER_S * lasts_s / 2)
    with bare_server(folder, web_server(shop.settings, workers=2)[4:]) as (port, _):
        theirs = _posted(port, "/hello", shop, count)
    what = f"acknowledged at {WEBHOOKS_PER_S} a second"
    with shop.paused("worker"):
        ours = _posted(shop.ports["web"], MESSAGES, shop, count)
    yield from _both(what, ours, theirs)
    shop.settle(300)
    ours = _posted(shop.ports["web"], MESSAGES, shop, count)
    yield from _both(f"{what}, worker answering", ours, theirs)
    shop.settle(300)


def _both(title: str, ours: Sequence[float], theirs: Sequence[float]) -> Iterator[Figure]:
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        a, b = 1000 * percentile(ours, share), 1000 * percentile(theirs, share)
        yield f"{title}, {name}", a, "ms", BARE, b


def _posted(port: int, path: str, shop: Shop, count: int) -> list[float]:
    """Seconds from when each was due; all must be taken."""
    customers = shop.customers
    lines = type(customers.lines)(port)
    numbers = [customers.number() for _ in range(40)]
    posts = [customers.signed(numbers[n % 40], TALK[0]) for n in range(count)]
    acts: list[Callable[[], int]] = [
        lambda p=one: lines.post(path, p.body, p.headers)[0] for one in posts
    ]
    took, codes = at_moments(acts, WEBHOOKS_PER_S)
    lines.close()
    if set(codes) != {204}:
        raise WorthlessError(f"{path}: not all of {count} were taken: {sorted(set(codes))}")
    return took


def _open_pages(shop: Shop, folder: Path, count: int) -> Iterator[Figure]:
    """Pages of forty visitors on one web server of one process; four of them are written to."""
    with shop.another_web() as (port, child):
        visitors = [_visitor(port) for _ in range(min(40, count))]
        shop.settle()
        requests = [_get(f"/webchat/events?token={visitors[n % len(visitors)][1]}")
                    for n in range(count)]  # fmt: skip
        pages = Pages(port, requests, NEWS.encode())
        _need(pages.wait(pages.opened, count, 60), f"{len(pages.opened)} of {count} pages open")
        addresses = [address for address, _ in visitors]
        sent = _tell(shop, addresses[:4])
        hearing = sum(n % len(visitors) < len(sent) for n in range(count))
        _need(pages.wait(pages.heard, hearing, 60), f"{len(pages.heard)} of {hearing} pages heard")
        ours = _tree(child.pid)
        late = [at - sent[addresses[n % len(addresses)]] for n, at in pages.heard.items()]
        pages.close()
    with bare_server(folder, web_server(shop.settings)[4:]) as (port, child):
        plain = Pages(port, [_get("/events")] * count, b"hello")
        _need(plain.wait(plain.opened, count, 60), "the bare pages open")
        theirs = _tree(child.pid)
        plain.close()
    yield f"memory with {count:,} open pages", ours, "MB", BARE, theirs
    yield "a message reaches the page, p99", 1000 * percentile(late, 0.99), "ms", "a second", 1000.0


def _get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"


def _need(true: object, what: str) -> None:
    if not true:
        raise WorthlessError(what)


def _tree(pid: int) -> float:
    """Megabytes; what a server's process shares with its workers counts once."""
    top = psutil.Process(pid)
    return resident([top, *top.children(recursive=True)])[1]


def _visitor(port: int) -> tuple[str, str]:
    """A visitor who has said hello: (address, token)."""
    opened = _asked(port, "/webchat/session", {}, "")
    token = str(opened["token"])
    _asked(port, "/webchat/messages", {"client_id": "halo-0001", "text": "halo kak"}, token)
    return f"web:{opened['visitor']}", token


def _asked(port: int, path: str, body: dict[str, str], token: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, str] = json.load(answer)
    return found


def _tell(shop: Shop, addresses: Sequence[str]) -> dict[str, float]:
    """A message to each; when each left (seconds since 1970)."""
    ids: dict[str, int] = {}
    for address in addresses:
        with shop.work() as session:
            talk = conversations.of_address(session, address)
            assert talk is not None  # noqa: S101 - they have just written
            ids[address] = conversations.say(session, talk, NEWS, author="system").id
    shop.settle()
    with shop.work() as session:
        rows = {key: session.get_one(conversations.Message, number) for key, number in ids.items()}
        return {key: row.sent_at.timestamp() for key, row in rows.items() if row.sent_at}


if __name__ == "__main__":
    sys.exit("run scripts/bench.py --only turns")
