"""Secrets of receivers: sealed in the database, opened by the shop's key, and anew by another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import sealing, stock, webhooks
from crm_core.errors import Conflict
from crm_core.timeline import Actor
from crm_core.webhooks import EndpointState, WebhookEndpoint
from tests import selling

ADMIN = Actor("staff", None, "Sari")
FIRST, SECOND = "the first key", "the second key"


@pytest.fixture(autouse=True)
def first_key(sealed: None) -> Iterator[None]:
    sealing.use(FIRST)
    yield
    sealing.use("only-for-tests")


@pytest.fixture
def endpoint(session: Session) -> WebhookEndpoint:
    selling.part(session)
    return webhooks.add(session, "https://erp.example/x", ["stock.changed"], actor=ADMIN)


def happened(session: Session) -> None:
    stock.receive(session, selling.PADS, 1, ADMIN)


def row_of(session: Session) -> str:
    """The receiver as a copy of the database shows it."""
    return str(session.scalar(sa.text("select w::text from webhook_endpoints w")))


def test_a_copy_of_the_database_does_not_tell_the_secrets(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    former = endpoint.secret
    webhooks.new_secret(session, endpoint, actor=ADMIN)
    row = row_of(session)
    for secret in (former, endpoint.secret):
        assert secret.startswith("whsec_")
        assert secret not in row
        assert secret.removeprefix("whsec_") not in row
    assert "whsec_" not in row


def test_the_same_secret_is_never_sealed_to_the_same_text() -> None:
    assert sealing.seal("a") != sealing.seal("a")
    assert sealing.opened(sealing.seal("rahasia é")) == "rahasia é"


def test_a_text_that_was_changed_is_opened_by_no_key() -> None:
    kept = sealing.seal("a")
    other = kept[:-10] + ("A" if kept[-10] != "A" else "B") + kept[-9:]
    for broken in (other, "", "whsec_abc"):
        with pytest.raises(Conflict, match="seal_broken"):
            sealing.opened(broken)


def test_with_the_former_key_beside_the_new_one_everything_opens_and_is_sealed_anew(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    former = endpoint.secret
    webhooks.new_secret(session, endpoint, actor=ADMIN)
    happened(session)
    both = (endpoint.secret, former)
    sealing.use(SECOND, FIRST)
    assert endpoint.secret == both[0]
    assert webhooks.seal_anew(session) == (1, [])
    sealing.use(SECOND)
    post = webhooks.next_post(session, endpoint.id)
    assert post is not None
    assert post.secrets == both


def test_a_receiver_whose_secret_no_key_opens_is_paused_and_goes_on_with_a_new_one(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    happened(session)
    sealing.use(SECOND)
    assert webhooks.next_post(session, endpoint.id) is None
    assert (endpoint.state, endpoint.why_paused) == (EndpointState.PAUSED, "sealed")
    assert [one.id for one in webhooks.troubled(session)] == [endpoint.public_id]
    webhooks.new_secret(session, endpoint, actor=ADMIN)
    webhooks.resume(session, endpoint, actor=ADMIN)
    post = webhooks.next_post(session, endpoint.id)
    assert post is not None
    assert (post.secrets, post.attempt) == ((endpoint.secret,), 1)


def test_a_secret_that_cannot_be_opened_is_neither_shown_nor_lost(
    session: Session, endpoint: WebhookEndpoint
) -> None:
    before = row_of(session)
    sealing.use(SECOND)
    with pytest.raises(Conflict, match="seal_broken"):
        webhooks.secret_of(session, endpoint, actor=ADMIN)
    assert selling.actions(session, "webhook", endpoint.id) == [("added", "staff")]
    assert webhooks.seal_anew(session) == (0, [endpoint])
    assert row_of(session) == before


def test_without_a_secret_key_nothing_is_sealed() -> None:
    sealing.use("")
    with pytest.raises(ValueError, match="without a secret key"):
        sealing.seal("a")
