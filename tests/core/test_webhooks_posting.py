"""Deliveries: claimed by one worker, in order for each thing, tried again, dead, sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, stock, webhooks
from crm_core.errors import Conflict, CrmError, InvalidInput, NotFound
from crm_core.timeline import Actor
from crm_core.webhooks import (
    LEASE,
    PAUSES,
    DeliveryState,
    EndpointState,
    Post,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from tests import factories, selling
from tests.world import at_once, committed

URL = "https://erp.example/sapa"
ADMIN = Actor("staff", None, "Sari")


@pytest.fixture
def clock_hand(session: Session) -> time_machine.Coordinates:
    """A clock that stands still until it is moved."""
    with time_machine.travel(factories.MOMENT, tick=False) as hand:
        yield hand


@pytest.fixture
def endpoint(session: Session, clock_hand: time_machine.Coordinates) -> WebhookEndpoint:
    """A receiver of stock, and two parts with ten pieces each of which it has not heard."""
    selling.part(session, selling.PADS)
    selling.part(session, selling.FILTER)
    return webhooks.add(session, URL, ["stock.changed"], actor=ADMIN)


def count(session: Session, code: str, pieces: int) -> None:
    stock.correct(session, code, pieces, ADMIN, "hitung")


def bodies(posts: list[Post]) -> list[int]:
    """The pieces on hand that each post tells."""
    return [int(post.body.split('"on_hand":')[1].split(",")[0]) for post in posts]


def take(session: Session, endpoint: WebhookEndpoint) -> Post:
    post = webhooks.next_post(session, endpoint.id)
    assert post is not None
    return post


def delivery(session: Session, post: Post) -> WebhookDelivery:
    return session.get_one(WebhookDelivery, post.delivery_id)


def test_a_delivered_event_is_not_posted_again(session: Session, endpoint: WebhookEndpoint) -> None:
    count(session, selling.PADS, 7)
    post = take(session, endpoint)
    assert (post.url, post.secrets, post.attempt) == (URL, (endpoint.secret,), 1)
    webhooks.delivered(session, post.delivery_id, 204)
    assert webhooks.next_post(session, endpoint.id) is None
    row = delivery(session, post)
    assert (row.state, row.status, row.attempts) == (DeliveryState.DELIVERED, 204, 1)


def test_of_one_thing_the_oldest_goes_first_and_others_do_not_wait_for_it(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    count(session, selling.PADS, 7)
    count(session, selling.PADS, 6)
    count(session, selling.FILTER, 3)
    webhooks.failed(session, take(session, endpoint).delivery_id, "http_500", status=500)
    other = take(session, endpoint)
    webhooks.delivered(session, other.delivery_id, 200)
    assert webhooks.next_post(session, endpoint.id) is None
    clock_hand.shift(PAUSES[0])
    again = take(session, endpoint)
    webhooks.delivered(session, again.delivery_id, 200)
    last = take(session, endpoint)
    assert bodies([other, again, last]) == [3, 7, 6]
    assert (again.attempt, last.attempt) == (2, 1)


def test_an_event_dies_after_the_last_pause_and_can_be_sent_again_under_its_id(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    count(session, selling.PADS, 7)
    first = take(session, endpoint)
    webhooks.failed(session, first.delivery_id, "http_500", status=500)
    for number, pause in enumerate(PAUSES, 2):
        clock_hand.shift(pause - timedelta(seconds=1))
        assert webhooks.next_post(session, endpoint.id) is None
        clock_hand.shift(timedelta(seconds=1))
        endpoint.failing_since = clock.now()  # others are taken meanwhile
        post = take(session, endpoint)
        assert (post.event_id, post.attempt) == (first.event_id, number)
        state = webhooks.failed(session, post.delivery_id, "http_500", status=500)
    assert state == DeliveryState.DEAD
    [view] = webhooks.troubled(session)
    assert (view.dead, view.pending, view.state) == (1, 0, EndpointState.ACTIVE)
    webhooks.resend(session, endpoint, first.delivery_id)
    again = take(session, endpoint)
    assert (again.event_id, again.body, again.attempt) == (first.event_id, first.body, 1)


def test_a_receiver_that_fails_for_a_day_is_paused_and_keeps_what_waits(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    count(session, selling.PADS, 7)
    webhooks.failed(session, take(session, endpoint).delivery_id, "timeout")
    clock_hand.shift(timedelta(hours=24) - timedelta(seconds=1))
    webhooks.failed(session, take(session, endpoint).delivery_id, "timeout")
    assert endpoint.state == EndpointState.ACTIVE
    for code in selling.PADS, selling.FILTER:
        count(session, code, 3)
    clock_hand.shift(timedelta(seconds=1))
    webhooks.failed(session, take(session, endpoint).delivery_id, "timeout")
    webhooks.end(session, endpoint.id)
    assert (endpoint.state, endpoint.why_paused) == (EndpointState.PAUSED, "failing")
    assert webhooks.due(session) == []
    assert not webhooks.begin(session, endpoint.id)
    assert selling.actions(session, "webhook", endpoint.id)[-1] == ("paused", "system")
    [view] = webhooks.troubled(session)
    assert view.pending == 3
    webhooks.resume(session, endpoint, actor=ADMIN)
    assert webhooks.due(session) == [endpoint.id]
    assert webhooks.view(session, endpoint).pending == 3


def test_a_receiver_that_is_gone_is_paused_at_once(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    count(session, selling.PADS, 7)
    webhooks.failed(session, take(session, endpoint).delivery_id, "http_410", status=410)
    assert (endpoint.state, endpoint.why_paused) == (EndpointState.PAUSED, "gone")
    assert webhooks.view(session, endpoint).pending == 1


def test_a_failing_receiver_is_left_alone_for_growing_pauses_until_it_takes_something(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    rests = []
    for pieces in range(5):
        count(session, selling.PADS if pieces % 2 else selling.FILTER, pieces)
        clock_hand.shift(timedelta(hours=3))
        post = take(session, endpoint)
        webhooks.failed(session, post.delivery_id, "timeout")
        assert webhooks.due(session) == []
        assert endpoint.quiet_until is not None
        rests.append((endpoint.quiet_until - clock.now()).total_seconds())
    assert rests == [2, 10, 60, 300, 300]
    clock_hand.shift(timedelta(hours=3))
    webhooks.delivered(session, take(session, endpoint).delivery_id, 200)
    assert (endpoint.failures, endpoint.failing_since, endpoint.quiet_until) == (0, None, None)


def test_an_attempt_whose_worker_died_is_made_again_after_the_lease(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    count(session, selling.PADS, 7)
    assert webhooks.begin(session, endpoint.id)
    lost = take(session, endpoint)
    assert not webhooks.begin(session, endpoint.id)
    assert webhooks.due(session) == []
    clock_hand.shift(LEASE)
    assert webhooks.due(session) == [endpoint.id]
    assert webhooks.begin(session, endpoint.id)
    again = take(session, endpoint)
    assert (again.event_id, again.body, again.attempt) == (lost.event_id, lost.body, 2)


def test_with_a_new_secret_the_former_one_signs_for_one_more_day(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    former = endpoint.secret
    webhooks.new_secret(session, endpoint, actor=ADMIN)
    count(session, selling.PADS, 7)
    post = take(session, endpoint)
    assert endpoint.secret != former
    assert post.secrets == (endpoint.secret, former)
    webhooks.failed(session, post.delivery_id, "timeout")
    clock_hand.shift(timedelta(hours=24))
    assert take(session, endpoint).secrets == (endpoint.secret,)


def test_what_waits_for_a_removed_receiver_is_never_sent(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    count(session, selling.PADS, 7)
    webhooks.remove(session, endpoint, actor=ADMIN)
    assert webhooks.next_post(session, endpoint.id) is None
    assert webhooks.endpoints(session) == []
    assert webhooks.troubled(session) == []
    [row] = session.scalars(sa.select(WebhookDelivery))
    assert (row.state, row.error) == (DeliveryState.DEAD, "removed")
    with pytest.raises(Conflict, match="webhook_removed"):
        webhooks.resend(session, endpoint, row.id)


def test_a_trial_goes_to_one_receiver_alone(session: Session, endpoint: WebhookEndpoint) -> None:
    other = webhooks.add(session, URL, ["stock.changed"], actor=ADMIN)
    webhooks.ping(session, endpoint)
    assert take(session, endpoint).type == "sapa.test"
    assert webhooks.next_post(session, other.id) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "http://erp.example/"}, "webhook_url_not_https"),
        ({"types": ["order.eaten"]}, "event_type_unknown"),
        ({"types": []}, "event_types_missing"),
        ({"note": "x" * 121}, "note_too_long"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    session: Session, endpoint: WebhookEndpoint, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused, session.begin_nested():
        webhooks.change(session, endpoint, actor=ADMIN, **changes)  # type: ignore[arg-type]
    assert refused.value.code == code
    session.refresh(endpoint)
    assert (endpoint.url, endpoint.types, endpoint.note) == (URL, ["stock.changed"], "")


def test_only_what_is_over_can_be_sent_again(session: Session, endpoint: WebhookEndpoint) -> None:
    count(session, selling.PADS, 7)
    post = take(session, endpoint)
    for delivery_id, kind in (post.delivery_id, Conflict), (post.delivery_id + 99, NotFound):
        with pytest.raises(CrmError) as refused:
            webhooks.resend(session, endpoint, delivery_id)
        assert isinstance(refused.value, kind)


def test_events_are_forgotten_a_month_after_they_are_over(
    session: Session, endpoint: WebhookEndpoint, clock_hand: time_machine.Coordinates
) -> None:
    count(session, selling.PADS, 7)
    count(session, selling.FILTER, 7)
    webhooks.delivered(session, take(session, endpoint).delivery_id, 200)
    clock_hand.shift(timedelta(days=29))
    assert webhooks.tidy(session) == 0
    clock_hand.shift(timedelta(days=2))
    assert webhooks.tidy(session) == 1
    [left] = session.scalars(sa.select(WebhookDelivery))
    assert left.state == DeliveryState.PENDING
    assert session.scalar(sa.select(sa.func.count(WebhookEvent.id))) == 1


def test_of_ten_workers_one_has_a_receiver(database: sa.Engine) -> None:
    endpoint_id = committed(
        database, lambda session: webhooks.add(session, URL, ["order.paid"], actor=ADMIN).id
    )
    taken = at_once(database, *[lambda session: webhooks.begin(session, endpoint_id)] * 10)
    assert sorted(taken, key=bool) == [False] * 9 + [True]
