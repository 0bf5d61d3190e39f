"""Several Rasa servers: a conversation meets one at a time, and finds another if that is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels import turns
from channels.context import Context
from channels.rasa import RESTS_S, BotUnavailable, RasaClient
from channels.sharding import ranked
from crm_core import conversations
from tests.fakes import FakeRasa, running


class Watch:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def servers() -> Iterator[list[FakeRasa]]:
    with running(FakeRasa()) as one, running(FakeRasa()) as two:
        yield [one, two]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def client(servers: list[FakeRasa], watch: Watch) -> Iterator[RasaClient]:
    made = RasaClient([server.url for server in servers], 2.0, token="kunci", clock=watch)
    yield made
    made.close()


def home(servers: list[FakeRasa], sender: str) -> tuple[FakeRasa, FakeRasa]:
    """The server that ``sender`` prefers, and the other."""
    first = ranked([server.url for server in servers], sender)[0]
    return (servers[0], servers[1]) if servers[0].url == first else (servers[1], servers[0])


def test_a_conversation_stays_with_one_server_and_both_have_some(
    servers: list[FakeRasa], client: RasaClient
) -> None:
    for number in range(20):
        for _ in range(3):
            client.talk(f"percakapan-{number}", "halo", {})
    heard = [{asked.sender for asked in server.asked} for server in servers]
    assert heard[0]
    assert heard[1]
    assert heard[0].isdisjoint(heard[1])
    assert len(heard[0] | heard[1]) == 20


def test_another_server_takes_over_while_the_own_one_cannot_be_reached(
    servers: list[FakeRasa], client: RasaClient
) -> None:
    own, other = home(servers, "budi")
    own.stop()
    assert client.talk("budi", "halo", {})[0].text == "re: halo"
    assert [asked.sender for asked in other.asked] == ["budi"]


def test_a_conversation_goes_home_when_its_server_is_back(
    servers: list[FakeRasa], client: RasaClient, watch: Watch
) -> None:
    own, other = home(servers, "budi")
    port = own.port
    own.stop()
    client.talk("budi", "satu", {})
    with running(FakeRasa(port)) as back:
        client.talk("budi", "dua", {})  # still resting: not even tried
        assert back.asked == []
        watch.now += RESTS_S + 0.1
        client.talk("budi", "tiga", {})
        assert [asked.message for asked in back.asked] == ["tiga"]
    assert [asked.message for asked in other.asked] == ["satu", "dua"]


@pytest.mark.parametrize("answer", [500, None], ids=["an error", "a torn connection"])
def test_a_server_that_has_the_message_is_not_passed_over(
    servers: list[FakeRasa], client: RasaClient, answer: int | None
) -> None:
    own, other = home(servers, "budi")
    own.answers.append(answer)
    with pytest.raises(BotUnavailable):
        client.talk("budi", "halo", {})
    assert other.asked == []


def test_with_all_servers_away_the_bot_is_unavailable(
    servers: list[FakeRasa], client: RasaClient
) -> None:
    for server in servers:
        server.stop()
    with pytest.raises(BotUnavailable, match="refused"):
        client.talk("budi", "halo", {})
    assert client.alive() is False


def test_workers_at_once_never_let_two_servers_read_one_conversation(
    servers: list[FakeRasa], client: RasaClient, asleep: Context, say: Callable[..., int]
) -> None:
    """Four workers are woken for every message of five customers; one server goes in between."""
    for server in servers:
        server.delay_s = 0.01
    everybody = [f"whatsapp:+6281234567{number:03d}" for number in range(5)]
    with ThreadPoolExecutor(4) as workers:
        for round_ in range(4):
            woken = [say(f"pesan {round_}", address=one) for one in everybody] * 2
            list(workers.map(lambda one: turns.take(asleep, client, one), woken))
            if round_ == 1:
                servers[0].stop()
    for conversation in set(woken):
        turns.take(asleep, client, conversation)
    told = [(asked.sender, asked.message) for server in servers for asked in server.asked]
    assert len(told) == len(set(told)) == 20
    assert [server.overlaps for server in servers] == [0, 0]
    with asleep.unit_of_work() as session:
        assert not any(conversations.has_unanswered(session, one) for one in set(woken))
