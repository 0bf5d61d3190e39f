"""Which Rasa server reads which conversation."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sharding import ranked

SERVERS = [f"http://rasa-{number}:5005" for number in range(4)]
conversations = st.uuids().map(str)


@settings(max_examples=60)
@given(conversations, st.permutations(SERVERS))
def test_everybody_ranks_the_servers_alike_in_whatever_order_they_are_named(
    conversation: str, servers: list[str]
) -> None:
    assert ranked(servers, conversation) == ranked(SERVERS, conversation)


@settings(max_examples=60)
@given(conversations, st.sampled_from(SERVERS))
def test_a_server_that_goes_moves_only_its_own_conversations(conversation: str, gone: str) -> None:
    before = ranked(SERVERS, conversation)
    after = ranked([server for server in SERVERS if server != gone], conversation)
    assert after == [server for server in before if server != gone]


def test_conversations_are_shared_out_evenly() -> None:
    firsts = Counter(ranked(SERVERS, str(UUID(int=number)))[0] for number in range(4000))
    assert set(firsts) == set(SERVERS)
    assert all(900 < count < 1100 for count in firsts.values()), firsts
