"""Processes that are killed (kill -9) at exact steps, and while everybody orders."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from tests.drills.crowd import ADDRESS, CODE, GO_ON, WISH, YES, Phone
from tests.drills.drill import Bench, Outcome, drill, gone, longest
from tests.drills.stage import OWN, SERVERS, wait_for
from tests.drills.steps import OF_RASA, OF_THE_ACTIONS, OF_THE_WORKER, Step

PREPARED_AT_ONCE = 6
RECOVERY_S = 30.0
AFTER_THE_EFFECT = ("effect made, not committed", "effect committed, answer not heard")


def _has_order(phone: Phone) -> bool:
    return any(CODE.search(text) for text in phone.inbox())


def _caught(
    bench: Bench, victim: str, steps: Mapping[str, Step], rounds: int, each: int
) -> tuple[dict[str, int], list[float], list[Phone]]:
    """Kill ``victim`` at each step, ``rounds`` times with ``each`` customers saying yes.

    Gives how many were caught at each step, the seconds from each kill to every customer's answer,
    and the customers.
    """
    caught: dict[str, int] = dict.fromkeys(steps, 0)
    took: list[float] = []
    everybody: list[Phone] = []
    for name, step in steps.items():
        for _ in range(rounds):
            phones = bench.some_buyers(each)
            everybody += phones
            bench.crowd.each(Phone.to_summary, phones, PREPARED_AT_ONCE)
            bench.settle()
            with step(bench) as reached:
                for phone in phones:
                    phone.heard = len(phone.inbox())
                    phone.sends(YES)
                caught[name] += reached(each)
                begun = time.monotonic()
                bench.stage.kill(victim)
            bench.stage.start_again(victim)
            for phone in phones:
                wait_for(lambda phone=phone: _has_order(phone), f"{name}: an order", 150)  # type: ignore[misc]
                took.append(time.monotonic() - begun)
    return caught, took, everybody


def _told(caught: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ×{number}" for name, number in caught.items())


def _one_each(bench: Bench, phones: Sequence[Phone]) -> list[str]:
    return [
        f"…{address[-4:]} has {number} orders"
        for address, number in bench.orders(phones).items()
        if number != 1
    ]


@drill("F2", "worker killed at each step of ordering", "1 order and 1 reply each; ≤ 30 s",
       limit_s=1500)  # fmt: skip
def worker_at_each_step(bench: Bench) -> Outcome:
    """Nine steps from the claim of the turn to the note that the reply was sent."""
    each = min(bench.count(20, 2), 6)
    rounds = max(1, bench.count(20, 2) // each)
    caught, took, phones = _caught(bench, "worker", OF_THE_WORKER, rounds, each)
    bench.settle()
    wrong = _one_each(bench, phones)
    wrong += [f"nobody was at: {name}" for name, number in caught.items() if not number]
    late = sum(seconds > RECOVERY_S for seconds in took)
    if late:
        wrong.append(f"{late} of {len(took)} took longer than {RECOVERY_S:.0f} s")
    return Outcome(f"kill -9 at {_told(caught)}", f"{len(phones)} orders; {longest(took)}", wrong)


ORDERED = (WISH, GO_ON, ADDRESS, YES)
PERSON = "ask for a person"
WRITES: dict[str, tuple[tuple[str, ...], str]] = {
    "put into the cart": ((), WISH),
    "change the quantity": ((WISH,), "jadi 3 ya"),
    "empty the cart": ((WISH,), "kosongkan keranjang"),
    "cancel": ((*ORDERED, "batalkan pesanan saya"), "ya, batalkan"),
    "report a transfer": (ORDERED, "sudah transfer ya"),
    PERSON: ((), "mau bicara dengan orang"),
    "keep a bike": ((), "motor saya beat 2019"),
    "complain": (ORDERED, "komplain, barangnya rusak"),
}
"""What is said before, and the words whose action changes something."""
_LEFT = """
    SELECT (SELECT coalesce(sum(l.quantity), 0) FROM cart_lines l JOIN carts c ON c.id = l.cart_id
             WHERE c.customer_id = a.customer_id),
           (SELECT string_agg(o.state, ',') FROM orders o WHERE o.customer_id = a.customer_id),
           (SELECT string_agg(p.state, ',') FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE o.customer_id = a.customer_id),
           (SELECT count(*) FROM handoffs h JOIN conversations c ON c.id = h.conversation_id
             WHERE c.customer_id = a.customer_id),
           (SELECT count(*) FROM complaints WHERE customer_id = a.customer_id),
           (SELECT count(*) FROM customer_bikes WHERE customer_id = a.customer_id),
           (SELECT count(*) FROM effects e JOIN turns t ON t.id = e.turn_id
              JOIN conversations c ON c.id = t.conversation_id
             WHERE c.customer_id = a.customer_id)
      FROM channel_addresses a WHERE a.address = :address
"""


def _left(bench: Bench, phone: Phone) -> tuple[object, ...]:
    """What a customer's talk has left in the shop."""
    with bench.stage.engine.connect() as connection:
        address = {"address": phone.channel_address}
        return tuple(connection.execute(sa.text(_LEFT), address).one())


def _write_killed(bench: Bench, name: str, step: Step) -> str | None:
    """Kill the action server in this write; what is left that an undisturbed customer has not."""
    before, text = WRITES[name]
    calm, struck = bench.crowd.phones(2)
    for phone in (calm, struck):
        for words in before:
            phone.says(words)
    calm.says(text)
    bench.settle()
    with step(bench) as reached:
        struck.sends(text)
        reached(1)
        bench.stage.kill("actions")
    bench.stage.start_again("actions")
    bench.settle()
    wanted, found = _left(bench, calm), _left(bench, struck)
    if name == PERSON:  # who is found by the worker, when no action answers: without an effect
        wanted, found = wanted[:-1], found[:-1]
    return None if wanted == found else f"{name}: {found} instead of {wanted}"


@drill("F3", "action server killed in the middle of every kind of change",
       "1 effect each; then the truth", limit_s=1200)  # fmt: skip
def actions_at_each_step(bench: Bench) -> Outcome:
    """An order before its effect, in its transaction and after its commit; then other changes, each
    beside a customer who does the same and is left alone."""
    each = min(bench.count(20, 2), 6)
    rounds = max(1, bench.count(20, 2) // each)
    caught, took, phones = _caught(bench, "actions", OF_THE_ACTIONS, rounds, each)
    bench.settle()
    wrong = _one_each(bench, phones)
    steps = [OF_THE_ACTIONS[name] for name in AFTER_THE_EFFECT]
    for number, name in enumerate(WRITES):
        said = _write_killed(bench, name, steps[number % len(steps)])
        wrong += [said] if said else []
    had = f"{len(phones)} orders, {longest(took)}; {len(WRITES)} other changes as undisturbed ones"
    return Outcome(f"kill -9 at {_told(caught)}; in {', '.join(WRITES)}", had, wrong)


@drill("F4", "Rasa killed in the middle of a turn, the customer writes again", "1 effect each",
       limit_s=1800)  # fmt: skip
def rasa_at_each_step(bench: Bench) -> Outcome:
    """Before the action, after it, and after Rasa's own answer; then the same words once more."""
    each = min(bench.count(70, 2), 8)
    rounds = max(1, bench.count(70, 2) // each)
    again = 0
    caught, took, phones = _caught(bench, "rasa", OF_RASA, rounds, each)
    for phone in phones:
        phone.sends(YES)
        again += 1
    bench.settle()
    wrong = _one_each(bench, phones)
    return Outcome(
        f"kill -9 at {_told(caught)}; {again} said yes again",
        f"{len(phones)} orders; {longest(took)}",
        wrong,
    )


@drill("F1", "web server killed at random moments", "0 lost; ready again in < 5 s", limit_s=4000)
def web_at_random(bench: Bench) -> Outcome:
    """Messages keep coming and are posted again as Twilio does; the door is killed meanwhile."""
    kills, total = bench.count(100, 3), bench.count(10_000, 200)
    phones, took, over = bench.crowd.phones(20), [], threading.Event()
    chance = random.Random(1)  # noqa: S311 - no secret
    per_phone = total // len(phones)

    def write(phone: Phone) -> None:
        for number in range(per_phone):
            phone.sends(f"halo kak, pesan nomor {number}")

    with ThreadPoolExecutor(len(phones)) as pool:
        writing = [pool.submit(write, phone) for phone in phones]
        for _ in range(kills):
            posted = len(bench.crowd.posts)
            step = chance.randrange(1, max(2, total // kills))
            wait_for(lambda: len(bench.crowd.posts) >= posted + step  # noqa: B023 - waits here
                     or all(one.done() for one in writing), "more messages", 120)  # fmt: skip
            bench.stage.kill("web")
            took.append(bench.stage.start_again("web"))
        for one in writing:
            one.result()
    over.set()
    fallen = [one for one in list(bench.crowd.posts.values()) if not one.taken]
    for one in fallen:  # Twilio's fallback address, when all its attempts were in vain
        bench.crowd.post(one.form)
    bench.settle(2400)
    own = {phone.address for phone in phones}
    posts = [one for one in list(bench.crowd.posts.values()) if one.form["From"] in own]
    untaken = sum(not one.taken for one in posts)
    again = sum(len(one.codes) > 1 for one in posts)
    wrong = [f"{untaken} were never taken"] if untaken else []
    if max(took) >= 5:
        wrong.append(f"a start took {max(took):.1f} s")
    had = (
        f"{len(posts)} messages, {again} posted again, {len(fallen)} by the fallback,"
        f" {untaken} lost; start {longest(took)}"
    )
    return Outcome(f"{kills} × kill -9 of the web server under 20 writers", had, wrong)


def _pulled(bench: Bench, name: str) -> Outcome:
    """Twenty customers order; when they are in the middle of it one process is pulled out."""
    phones = bench.some_buyers(bench.count(20, 6))
    before = bench.scalar("SELECT count(*) FROM messages WHERE direction = 'inbound'")
    with ThreadPoolExecutor(len(phones)) as pool:
        buying = [pool.submit(Phone.buys, phone) for phone in phones]
        some = f"SELECT count(*) - {before} FROM messages WHERE direction = 'inbound'"  # noqa: S608 - a number
        wait_for(lambda: bench.scalar(some) >= 2 * len(phones), "they are in the middle of it", 90)
        begun = time.monotonic()
        with gone(bench.stage, name):
            time.sleep(1.0)  # so long it is away, beside its start; nothing waits for this
        away = time.monotonic() - begun
        codes = [one.result() for one in buying]
    calm = bench.settle(240)
    wrong = []
    for phone, code in zip(phones, codes, strict=True):
        number = bench.orders([phone])[phone.channel_address]
        if number > 1 or (code is not None and number != 1):
            wrong.append(f"…{phone.number[-4:]} has {number} orders and was told {code}")
    people = sum(code is None for code in codes)
    had = (
        f"{len(phones) - people} ordered, {people} promised a person; away {away:.1f} s,"
        f" calm {calm:.1f} s after the last order"
    )
    return Outcome(f"kill -9 of {name} while {len(phones)} customers order", had, wrong)


def _register() -> None:
    for number, name in enumerate((*OWN, *SERVERS), start=1):
        drill(
            f"K{number}", f"{name} pulled out while customers order",
            "0 lost, 0 doubled, 0 false confirmations", limit_s=600, short=name == "worker",
        )(lambda bench, name=name: _pulled(bench, name))  # fmt: skip


_register()
