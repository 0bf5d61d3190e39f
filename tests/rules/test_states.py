from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.conversations import rules
from crm_core.errors import Conflict
from crm_core.states import EVERYONE, StateTable, Transition

TABLE = StateTable(
    "lamp",
    "off",
    {
        ("off", "on"): Transition("switch on"),
        ("on", "off"): Transition("switch off", frozenset({"staff"})),
        ("on", "broken"): Transition("break", frozenset({"system"})),
    },
)


@given(
    st.sampled_from(sorted(TABLE.states)),
    st.sampled_from(sorted(TABLE.states)),
    st.sampled_from(sorted(EVERYONE)),
)
def test_exactly_the_declared_moves_are_allowed_by_the_declared_hands(
    old: str, new: str, actor: str
) -> None:
    move = TABLE.moves.get((old, new))
    if move is not None and actor in move.actors:
        assert TABLE.check(old, new, actor) is move
    else:
        with pytest.raises(Conflict) as refusal:
            TABLE.check(old, new, actor)
        assert refusal.value.code == "illegal_transition"
        assert refusal.value.facts == {"subject": "lamp", "old": old, "new": new}


def test_a_state_does_not_move_to_itself_unless_declared() -> None:
    with pytest.raises(Conflict):
        TABLE.check("off", "off", "staff")


def test_ends_are_the_states_that_lead_nowhere() -> None:
    assert TABLE.ends == {"broken"}
    assert TABLE.after("on") == {"off", "broken"}


def test_a_state_that_cannot_be_reached_is_a_mistake_in_the_table() -> None:
    with pytest.raises(ValueError, match="no way from off to lost"):
        StateTable("lamp", "off", {("lost", "off"): Transition("find")})


STATUSES = ("unknown", "queued", "sending", "sent", "failed", "delivered", "read")
reports = st.lists(st.sampled_from(("sent", "failed", "delivered", "read")), max_size=8)


def joined(start: str, arrived: list[str]) -> str:
    for report in arrived:
        start = rules.joined_status(start, report)
    return start


@given(st.sampled_from(STATUSES), reports, st.randoms())
def test_reports_in_any_order_end_in_the_same_status(
    start: str, arrived: list[str], random: st.randoms
) -> None:
    shuffled = list(arrived)
    random.shuffle(shuffled)
    assert joined(start, arrived) == joined(start, shuffled)


@given(st.sampled_from(STATUSES), reports)
def test_a_repeated_report_changes_nothing(start: str, arrived: list[str]) -> None:
    assert joined(start, arrived + arrived) == joined(start, arrived)


@pytest.mark.parametrize("settled", ["received", "dropped"])
@pytest.mark.parametrize("report", ["sent", "failed", "delivered", "read"])
def test_a_message_that_never_left_takes_no_report(settled: str, report: str) -> None:
    assert rules.joined_status(settled, report) == settled


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        *product(("delivered", "read"), ("sent", "failed")),
        ("read", "delivered"),
        ("failed", "sent"),
    ],
)
def test_a_late_report_takes_nothing_back(earlier: str, later: str) -> None:
    assert rules.joined_status(earlier, later) == earlier


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", "sent"),
        ("Accepted", "sent"),
        ("delivered", "delivered"),
        ("undelivered", "failed"),
        ("canceled", "failed"),
        ("read", "read"),
        ("received", None),
        ("", None),
    ],
)
def test_what_a_provider_says_is_one_of_our_words(word: str, status: str | None) -> None:
    assert rules.known_status(word) == status
