"""Twilio on its bad days: too fast, broken before or after taking a message, late, at odds."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from channels.delivery import GIVE_UP_S
from channels.twin import Sent, Trouble
from channels.twin.posting import Reports
from crm_core import conversations
from tests.drills.crowd import Phone
from tests.drills.drill import Bench, Outcome, drill
from tests.drills.stage import wait_for

PER_CUSTOMER = 20
ORDERLY = ("queued", "sending", "sent", "delivered", "read")
_runs = itertools.count(1)


def talkers(bench: Bench, count: int) -> list[Phone]:
    """Customers who have just written, so that free text may go to them."""
    phones = bench.crowd.phones(count)
    bench.crowd.each(lambda phone: phone.says("halo kak"), phones, 8)
    bench.settle()
    return phones


def _say(bench: Bench, phones: Sequence[Phone], total: int) -> list[str]:
    """Queue ``total`` different messages to ``phones``; their texts."""
    run, texts = next(_runs), []
    with bench.stage.work() as session:
        for number in range(total):
            phone = phones[number % len(phones)]
            talk = conversations.of_address(session, phone.channel_address)
            assert talk is not None
            texts.append(f"Kabar {run}-{number} dari toko, Kak, sekadar diketahui.")
            conversations.say(session, talk, texts[-1], author="system")
    return texts


def _arrived(bench: Bench, texts: Sequence[str]) -> tuple[int, int]:
    """(how many of ``texts`` never arrived, how many arrived more than once)."""
    seen = Counter(sent.body for sent in bench.stage.twin.ledger if sent.error_code is None)
    return sum(not seen[text] for text in texts), sum(seen[text] > 1 for text in texts)


def _sends(bench: Bench, full: int, troubles: Sequence[Trouble], reports: Reports) -> Outcome:
    """Send with ``troubles`` at hand, taken in turn until all are used up."""
    total = bench.count(full, 20)
    phones = talkers(bench, max(2, total // PER_CUSTOMER))
    twin = bench.stage.twin
    twin.reports = reports
    before = len(twin.troubles.injected)
    twin.troubles.extend([one for one, _ in zip(itertools.cycle(troubles), range(total))])
    texts = _say(bench, phones, total)
    took = bench.settle(300 + total)
    lost, doubled = _arrived(bench, texts)
    injected = len(twin.troubles.injected) - before
    wrong = [f"{lost} never arrived"] if lost else []
    wrong += [f"{doubled} arrived more than once"] if doubled else []
    had = f"{total - lost} arrived, {doubled} doubled, all within {took:.0f} s"
    return Outcome(f"{injected} faults on {total} messages", had, wrong)


@drill("F10", "Twilio says 429 three times, then takes it", "each exactly once", limit_s=900)
def too_fast(bench: Bench) -> Outcome:
    """Three of four requests are answered with 429; the pause doubles each time."""
    total = bench.count(1000, 20)
    phones = talkers(bench, max(2, total // 4))  # each message waits for the one before it
    before = len(bench.stage.twin.troubles.injected)
    for number in range(total):  # each message of a customer meets three, then it is taken
        to, first = phones[number % len(phones)].address, number < len(phones)
        busy = Trouble(429, code=20429, times=3, skip=0 if first else 1, to=to)
        bench.stage.twin.troubles.append(busy)
    texts = _say(bench, phones, total)
    took = bench.settle(300 + 3 * total)
    lost, doubled = _arrived(bench, texts)
    injected = len(bench.stage.twin.troubles.injected) - before
    wrong = [f"{lost} lost, {doubled} doubled"] if lost or doubled else []
    had = f"{total - lost} arrived, {doubled} doubled, {took:.0f} s"
    return Outcome(f"{injected} × 429 on {total} messages", had, wrong)


@drill("F11", "Twilio answers 500, half of the time after taking the message",
       "0 double; the others again in ≤ 5 min; undecidable ones on people's list", limit_s=900,
       short=True)  # fmt: skip
def broken_answers(bench: Bench) -> Outcome:
    """No report comes either, so only a look at Twilio's list can tell."""
    half = [Trouble(500, accepted=True), Trouble(500, accepted=False)]
    outcome = _sends(bench, 1000, half, Reports())
    return Outcome(outcome.injected, outcome.had + "; " + _undecidable(bench), outcome.wrong)


def _undecidable(bench: Bench) -> str:
    """One message whose fate even the list does not tell stands on the people's list."""
    (phone,) = talkers(bench, 1)
    twin = bench.stage.twin
    twin.reports = Reports()
    twin.troubles.extend([Trouble(500, on="create"), Trouble(500, on="list", times=50)])
    (text,) = _say(bench, [phone], 1)
    unknown = "SELECT count(*) FROM messages WHERE text = :text AND status = 'unknown'"
    wait_for(lambda: bench.scalar(unknown, text=text) == 1, "a message in doubt")
    with bench.stage.work() as session:  # a quarter of an hour later
        session.execute(
            sa.text("UPDATE messages SET claimed_at = now() - make_interval(secs => :age)"
                    " WHERE text = :text"), {"age": GIVE_UP_S + 1, "text": text},
        )  # fmt: skip
    twin.troubles.clear()
    bench.settle()
    shown = bench.stage.http.get("/metrics").text
    listed = 'sapa_backlog{work="uncertain_messages"} 1.0' in shown
    if not listed or bench.scalar(unknown, text=text) != 1:
        raise AssertionError("an undecidable message is on no list")
    return "1 undecidable message waits for people"


@drill("F12", "Twilio takes the message and its answer is lost", "0 double", limit_s=900)
def lost_answers(bench: Bench) -> Outcome:
    """The connection is reset, or the answer comes after the time-out."""
    late = bench.stage.settings.twilio_timeout_s + 1
    troubles = [
        Trouble(None, accepted=True),
        Trouble(None, accepted=True),
        Trouble(None, accepted=True),
        Trouble(200, accepted=True, delay_s=late),
    ]
    return _sends(bench, 1000, troubles, Reports())


@drill("F13", "Twilio refuses: 21610, 63016, 63014, 63018", "the right state, ≤ 1 attempt, "
       "people told", limit_s=300)  # fmt: skip
def refusals(bench: Bench) -> Outcome:
    """Each code once as an answer, and once as a report after the message was taken."""
    wrong, tried = [], 0
    for code in (21610, 63016, 63014, 63018):
        for late in (False, True):
            (phone,) = talkers(bench, 1)
            wrong += [f"{code}: {said}" for said in _refused(bench, phone, code, late=late)]
            tried += 1
    return Outcome(f"4 codes × answer and report = {tried}", f"{tried - len(wrong)} right", wrong)


def _refused(bench: Bench, phone: Phone, code: int, *, late: bool) -> list[str]:
    twin = bench.stage.twin
    twin.reports = Reports()
    if not late:
        twin.troubles.append(Trouble(400, code=code, to=phone.address))
    before = sum(form.get("To") == phone.address for form in twin.attempts)
    (text,) = _say(bench, [phone], 1)
    status = "SELECT count(*) FROM messages WHERE text = :text AND status = ANY(:wanted)"
    wait_for(lambda: bench.scalar(status, text=text, wanted=["sent", "failed"]), "it left", 60)
    if late:
        sent = next(one for one in twin.sent_to(phone.address) if one.body == text)
        sent.error_code = code
        twin.report(sent, "failed", str(code))
    bench.settle()
    attempts = sum(form.get("To") == phone.address for form in twin.attempts) - before
    wrong = [] if attempts == 1 else [f"{attempts} attempts"]
    if not bench.scalar(
        "SELECT count(*) FROM messages WHERE text = :text AND status = 'failed'"
        " AND error_code = :code", text=text, code=str(code),
    ):  # fmt: skip
        wrong.append("is not kept as failed with its code")
    stopped = bench.scalar(
        "SELECT count(*) FROM channel_addresses WHERE address = :address"
        " AND stopped_at IS NOT NULL", address=phone.channel_address,
    )  # fmt: skip
    if code == 21610 and not late and not stopped:
        wrong.append("the address is not stopped")
    return wrong


@drill("F17", "status callbacks in every order, repeated, before the answer to the POST",
       "the same final state; never backwards", limit_s=900, short=True)  # fmt: skip
def reports_in_any_order(bench: Bench) -> Outcome:
    """All 120 orders of five reports at full scale, each report twice; then some so early that the
    POST has no answer yet."""
    orders = list(itertools.permutations(ORDERLY))
    random.Random(17).shuffle(orders)  # noqa: S311 - no secret
    orders = orders[: bench.count(120, 12)]
    phones = talkers(bench, max(2, len(orders) // PER_CUSTOMER))
    twin = bench.stage.twin
    twin.reports = Reports()
    texts = _say(bench, phones, len(orders))
    bench.settle(300)
    sent = {one.body: one for one in twin.ledger}

    def report(place: int) -> None:
        for word in orders[place]:
            for _ in range(2):
                twin.report(sent[texts[place]], word)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(report, range(len(orders))))
    for one in texts:
        sent[one].status = "read"
    early = _early(bench, phones)
    read = bench.scalar(
        "SELECT count(*) FROM messages WHERE text = ANY(:texts) AND status = 'read'",
        texts=[*texts, *early],
    )
    wanted = len(texts) + len(early)
    wrong = [] if read == wanted else [f"{wanted - read} are not where the reports lead"]
    had = f"{read} of {wanted} read"
    return Outcome(f"{len(orders)} orders × 5 reports × 2, {len(early)} early", had, wrong)


def _early(bench: Bench, phones: Sequence[Phone]) -> list[str]:
    """Reports that arrive while Twilio has not yet answered the POST."""
    twin = bench.stage.twin
    twin.reports = Reports(("read", "delivered", "sent"), delay_s=0.0, repeat=2)
    told: list[Sent] = []
    original = twin.accepted

    def slowly(sent: Sent):  # type: ignore[no-untyped-def]
        told.append(sent)
        for word in ("read", "delivered"):
            twin.report(sent, word)
        sent.status = "queued"
        return original(sent)

    twin.accepted = slowly  # type: ignore[method-assign]
    count = bench.count(60, 6)
    twin.troubles.extend([Trouble(200, accepted=True) for _ in range(count)])
    try:
        texts = _say(bench, phones, count)
        bench.settle(300)
    finally:
        twin.accepted = original  # type: ignore[method-assign]
    waiting = "SELECT count(*) FROM messages WHERE text = ANY(:texts) AND status <> 'read'"
    wait_for(lambda: not bench.scalar(waiting, texts=texts), "early reports to count", 30)
    return texts
