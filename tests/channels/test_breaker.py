"""After several failures in a row the assistant is left alone, and one at a time tries again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from channels import turns
from channels.breaker import AFTER, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker
from channels.context import Context
from channels.rasa import BotUnavailable, RasaClient
from crm_core import notices
from tests.fakes import FakeRasa, running


class Watch:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    with running(FakeRasa()) as server:
        yield server


@pytest.fixture
def client(rasa: FakeRasa, watch: Watch) -> Iterator[RasaClient]:
    made = RasaClient(rasa.url, 2.0, clock=watch)
    yield made
    made.close()


def fail(client: RasaClient, times: int, *, of: int = 2) -> list[str]:
    """Ask so often, for so many customers in turn; why each was not answered."""
    reasons = []
    for number in range(times):
        with pytest.raises(BotUnavailable) as error:
            client.talk(f"pelanggan-{number % of}", "halo", {})
        reasons.append(error.value.reason)
    return reasons


def test_nobody_is_asked_after_five_failures_of_several_customers(
    rasa: FakeRasa, client: RasaClient
) -> None:
    rasa.reply = lambda _: []
    assert fail(client, AFTER + 3) == ["empty"] * AFTER + ["paused"] * 3
    assert len(rasa.asked) == AFTER == 5


def test_one_conversation_alone_does_not_keep_the_others_from_the_bot(
    rasa: FakeRasa, client: RasaClient
) -> None:
    rasa.reply = lambda asked: [] if asked.sender == "pelanggan-0" else [{"text": "ya, Kak"}]
    assert fail(client, AFTER + 3, of=1) == ["empty"] * (AFTER + 3)
    assert client.talk("siti", "halo", {})[0].text == "ya, Kak"


def test_an_answer_between_failures_begins_the_count_anew(
    rasa: FakeRasa, client: RasaClient
) -> None:
    rasa.answers.extend([[], [], [], [], [{"text": "ya"}], [], [], [], []])
    fail(client, 4)
    client.talk("siti", "halo", {})
    assert fail(client, 4) == ["empty"] * 4


def test_one_tries_after_the_pause_and_its_answer_lets_all_others_ask(
    rasa: FakeRasa, client: RasaClient, watch: Watch
) -> None:
    rasa.answers.extend([[]] * AFTER)
    fail(client, AFTER)
    watch.now += FIRST_PAUSE_S + 0.1
    assert client.talk("siti", "halo", {})[0].text == "re: halo"
    assert client.talk("budi", "halo", {})[0].text == "re: halo"


def test_a_try_that_fails_doubles_the_pause_up_to_half_a_minute(watch: Watch) -> None:
    told: list[bool] = []
    breaker = Breaker(watch, told.append)
    for number in range(AFTER):
        assert breaker.admits()
        breaker.failed(f"pelanggan-{number}")
    waited = []
    for _ in range(5):
        begun = watch.now
        while not breaker.admits():
            watch.now += 1
        waited.append(watch.now - begun)
        assert not breaker.admits()  # while one tries nobody else does
        breaker.failed("siti")
        breaker.failed("yang sudah ditanyakan sebelumnya")
    assert waited == [FIRST_PAUSE_S, 10, 20, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    breaker.worked()
    assert told == [True, False]


def test_a_turn_that_is_held_back_is_not_lost_and_its_customer_hears_so_once(
    rasa: FakeRasa, client: RasaClient, watch: Watch, asleep: Context, say: Callable[..., int]
) -> None:
    rasa.answers.extend([[]] * AFTER)
    fail(client, AFTER)
    conversation = say("halo")
    turns.take(asleep, client, conversation)
    assert len(rasa.asked) == AFTER
    with asleep.unit_of_work() as session:
        held = session.connection().exec_driver_sql("SELECT state, error FROM turns").all()
        said = session.connection().exec_driver_sql(
            "SELECT text FROM messages WHERE direction = 'outbound'"
        )
        texts = list(said.scalars())
    assert held == [("running", "paused")]
    assert len(texts) == 1
    assert notices.pattern("bot_unavailable").fullmatch(texts[0])
