"""The API asked everything that its own description allows, and much that it does not.

A few examples for each operation in the suite, sixty with ``SAPA_MANY=1``: no failure of ours, and
every answer as described.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.orm import Session

from crm_core import complaints, webhooks
from crm_core.timeline import Actor
from tests import factories, selling
from tests.core.test_returns import arrived, asked
from tests.world import committed

pytestmark = pytest.mark.slow

EXAMPLES = 60 if os.environ.get("SAPA_MANY") else 4
TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def lived_in(session: Session) -> dict[str, list[str]]:
    """A shop with something in every list; path parameter → values that name something."""
    selling.part(session, pieces=50)
    selling.account(session)
    customer = factories.conversation(session).customer
    clerk = Actor.of_staff(factories.member(session, "manager"))
    sent = arrived(session, customer, clerk, (selling.PADS, 4))
    found = asked(session, sent)
    order, _ = selling.placed(session, customer)
    complaints.file(session, customer, "barang salah", actor=Actor.customer(customer))
    receiver = webhooks.add(session, "https://erp.example/x", webhooks.TYPES, actor=clerk)
    webhooks.ping(session, receiver)
    talk = factories.conversation(session, factories.SITI)
    return {
        "part_code": [selling.PADS],
        "order_code": [sent.order_code, order.order_code],
        "return_code": [found.return_code],
        "customer_id": [customer.public_id],
        "conversation_id": [talk.public_id],
        "endpoint_id": [receiver.public_id],
        "delivery_id": ["1"],
    }


@pytest.fixture
def known(database: sa.Engine) -> dict[str, list[str]]:
    return committed(database, lived_in)


@pytest.fixture
def described(api_app: Flask, known: dict[str, list[str]]) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api_app)


def operations(described: Any) -> list[Any]:
    return [found.ok() for found in described.get_all_operations()]


def test_every_operation_answers_as_described(described: Any, known: dict[str, list[str]]) -> None:
    wrong: dict[str, str] = {}
    seen: Counter[int] = Counter()
    for operation in operations(described):
        names = [one.name for one in operation.path_parameters if one.name in known]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                _ask(operation, mode, {name: known[name] for name in names}, seen)
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all are shown
                wrong[f"{operation.label} ({mode.value})"] = _told(error)
    assert not wrong, "\n\n".join(f"{name}\n{text}" for name, text in wrong.items())
    assert seen[200] > 40, "nearly everything was refused: the answers say little"


def _told(error: BaseException) -> str:
    inner = "\n".join(map(_told, error.exceptions)) if hasattr(error, "exceptions") else ""
    return f"{type(error).__name__}: {str(error)[:1500]}\n{inner}"


def _ask(
    operation: Any, mode: GenerationMode, real: dict[str, list[str]], seen: Counter[int]
) -> None:
    @seed(20261122)
    @QUICK
    @given(
        case=operation.as_strategy(generation_mode=mode),
        really=st.booleans(),
        chosen=st.fixed_dictionaries({name: st.sampled_from(of) for name, of in real.items()}),
    )
    def exchange(case: Any, really: bool, chosen: dict[str, str]) -> None:
        if really:
            case.path_parameters |= chosen
        answer = case.call(headers=TOKEN)
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    exchange()


def test_no_operation_answers_without_the_token(described: Any, api_app: Flask) -> None:
    client = api_app.test_client()
    answered = {}
    for operation in operations(described):
        path = operation.path
        for name in ("customer_id", "conversation_id", "endpoint_id"):
            path = path.replace(f"{{{name}}}", "9b0c7b7e-1c1e-4f0e-9d3c-0d6d4d1f5a11")
        path = path.replace("{delivery_id}", "1").replace("{", "").replace("}", "")
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = client.open(path, method=operation.method.upper(), headers=headers)
            answered[operation.label] = (answer.status_code, answer.content_type)
    assert set(answered.values()) == {(401, "application/problem+json")}
    assert len(answered) >= 45
