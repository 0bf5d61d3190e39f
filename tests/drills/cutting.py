"""One host of several is cut off the network while customers order, and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.drills.crowd import Crowd, Phone
from tests.drills.drill import Bench, Outcome, drill, longest
from tests.drills.hosts import FIRST, HOSTS, Hosts
from tests.drills.network import Network
from tests.drills.stage import wait_for

SHORT_S, LONG_S = 10.0, 75.0
"""Shorter and longer than what both ends take to give a silent connection up (35 s)."""
GONE = HOSTS[1]
ASKED = "the other host goes on; 0 lost, 0 doubled, 0 false confirmations"


@dataclass
class Stream:
    """Customers who come one after the other and order, as long as it is open."""

    bench: Bench
    over: threading.Event = field(default_factory=threading.Event)
    bought: list[tuple[Phone, str | None, float, float]] = field(default_factory=list)
    """Who, the order's code (None: a person was promised), when it ended, seconds it took."""

    def live(self) -> None:
        """One place in the shop: the next customer comes when the last has finished."""
        while not self.over.is_set():
            (phone,) = self.bench.some_buyers(1)
            begun = time.monotonic()
            code = phone.buys(300)
            ended = time.monotonic()
            self.bought.append((phone, code, ended, ended - begun))

    def ordered_between(self, begin: float, end: float) -> int:
        """How many orders were confirmed in a time."""
        return sum(begin < ended < end for _, code, ended, _ in self.bought if code)


def _played(bench: Bench, act: Callable[[Hosts, Stream], list[tuple[float, float]]]) -> Outcome:
    """``act`` cuts and mends and gives the times of its cuts."""
    with Network([FIRST, *HOSTS]) as network:
        return network.on_first(lambda: _on_hosts(bench, network, act))


def _on_hosts(
    bench: Bench, network: Network, act: Callable[[Hosts, Stream], list[tuple[float, float]]]
) -> Outcome:
    stage = Hosts(bench.folder / "hosts", bench.models, network)
    own = Bench(stage, Crowd(stage), bench.scale)
    try:
        stage.start()
        stream = Stream(own)
        places = own.count(12, 4)
        with ThreadPoolExecutor(places) as pool:
            living = [pool.submit(stream.live) for _ in range(places)]
            wait_for(lambda: len(stream.bought) >= places, "orders before the cut", 240)
            try:
                cuts = act(stage, stream)
            finally:
                stream.over.set()
            for one in living:
                one.result()
        return _found(own, stream, cuts, places)
    finally:
        stage.stop()


def _found(own: Bench, stream: Stream, cuts: list[tuple[float, float]], places: int) -> Outcome:
    calm = own.settle(400)
    wrong = [str(one) for one in own.audit()]
    for phone, code, _, _ in stream.bought:
        number = own.orders([phone])[phone.channel_address]
        if number > 1 or (code is not None and number != 1):
            wrong.append(f"…{phone.number[-4:]} has {number} orders and was told {code}")
    meanwhile = [stream.ordered_between(begin, end) for begin, end in cuts]
    if not sum(meanwhile):
        wrong.append("nobody could order while one host was cut off")
    people = sum(code is None for _, code, _, _ in stream.bought)
    took = longest([seconds for *_, seconds in stream.bought])
    lasted = " and ".join(f"{end - begin:.0f} s" for begin, end in cuts)
    had = (
        f"{len(stream.bought) - people} ordered ({sum(meanwhile)} of them meanwhile), {people}"
        f" promised a person; a whole purchase took {took}; calm {calm:.1f} s after the last"
    )
    return Outcome(f"host cut off for {lasted}, {places} customers at a time", had, wrong)


def _lasting(stage: Hosts, stream: Stream, seconds: float) -> tuple[float, float]:
    begun = time.monotonic()
    stage.network.cut(GONE)
    stream.over.wait(seconds)  # how long the cut lasts: the fault itself
    stage.network.mend(GONE)
    return begun, time.monotonic()


def _more(stream: Stream, number: int) -> None:
    before = len(stream.bought)
    wait_for(lambda: len(stream.bought) >= before + number, "orders after the cut", 300)


@drill("N1", "one of two hosts cut off the network, and back", ASKED, limit_s=1500, own_stage=True)
def cut_off(bench: Bench) -> Outcome:
    """A short cut that connections survive, then one that they do not; its processes live on and
    do not know what the others did meanwhile."""

    def act(stage: Hosts, stream: Stream) -> list[tuple[float, float]]:
        cuts = []
        for seconds in (SHORT_S, LONG_S):
            cuts.append(_lasting(stage, stream, seconds))
            _more(stream, 6)
        return cuts

    return _played(bench, act)


@drill("N2", "one of two hosts cut off, its processes killed meanwhile, and back", ASKED,
       limit_s=1500, own_stage=True)  # fmt: skip
def cut_off_and_killed(bench: Bench) -> Outcome:
    """No connection of theirs is closed: the databases only hear nothing more of them."""

    def act(stage: Hosts, stream: Stream) -> list[tuple[float, float]]:
        begun = time.monotonic()
        stage.network.cut(GONE)
        stream.over.wait(3)  # work that was begun stays where it is
        stage.kill_host(GONE)
        stream.over.wait(LONG_S - 3)
        stage.network.mend(GONE)
        ended = time.monotonic()
        stage.start_host(GONE)
        _more(stream, 6)
        return [(begun, ended)]

    return _played(bench, act)
