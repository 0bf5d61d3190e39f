"""A desk in the console: a browser without JavaScript, signed in as somebody."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from channels.context import Context
from crm_core import clock, handoffs
from crm_core.conversations import Conversation
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling

SITE = "https://sapa.test"
_TOKEN = re.compile(r'(?:name="csrf_token" value|data-csrf)="([^"]+)"')
_numbers = count(1)
_TAG = re.compile(r"<[^>]+>")


@dataclass
class Desk:
    """``get`` and ``post`` as a browser does them, with the page's CSRF token."""

    client: FlaskClient
    person: Staff | None = None
    token: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        """A page."""
        return self.client.get(path, base_url=SITE, headers=headers)

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        """A form, sent from a page of the console; the answer is not followed."""
        if not self.token:
            page = self.get("/console" if self.person else "/console/login")
            found = _TOKEN.search(page.get_data(as_text=True))
            assert found is not None
            self.token = html.unescape(found[1])
        filled = {"csrf_token": self.token, **(data or {})}
        sent = {"Referer": f"{SITE}/console", **headers}
        return self.client.post(path, base_url=SITE, data=filled, headers=sent)

    def send(self, path: str, data: dict[str, Any] | None = None) -> str:
        """A form whose answer is followed to the page that shows the result.

        A form that is refused stands on its own page again, and that is the result.
        """
        answer = self.post(path, data)
        if answer.status_code == 422:
            return words(answer)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self.text(answer.headers["Location"])

    def text(self, path: str) -> str:
        """What a person reads on a page: no tags, single spaces."""
        return words(self.get(path))

    def sign_in(self, password: str = factories.PASSWORD) -> TestResponse:
        """Through the login form."""
        assert self.person is not None
        page = self.client.get("/console/login", base_url=SITE).get_data(as_text=True)
        token = _TOKEN.search(page)
        assert token is not None
        data = {
            "email": self.person.email,
            "password": password,
            "csrf_token": html.unescape(token[1]),
        }
        return self.client.post(
            "/console/login", base_url=SITE, data=data, headers={"Referer": f"{SITE}/console/login"}
        )


def words(answer: TestResponse) -> str:
    """The visible text of an answer."""
    return " ".join(html.unescape(_TAG.sub(" ", answer.get_data(as_text=True))).split())


class _Compiled(BytecodeCache):
    """Templates compiled once for all tests; every test has an application of its own."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja asks before it compiles."""
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Jinja has compiled."""
        self.known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


@cache
def _quick_hash() -> str:
    """A hash of ``factories.PASSWORD`` that costs next to nothing to make and to check."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(factories.PASSWORD)


def member(here: Context, role: str = "agent", name: str = "Siti") -> Staff:
    """Somebody who works here, with ``factories.PASSWORD``."""
    email = f"{name.lower()}{next(_numbers)}@toko.example"
    with here.unit_of_work() as session:
        person = Staff(email=email, name=name, role=role, password_hash=_quick_hash())
        session.add(person)
        session.flush()
        return person


def desk_of(app: Flask, person: Staff | None) -> Desk:
    """The person's desk, signed in without the form (hashing is slow on purpose)."""
    app.jinja_env.bytecode_cache = _compiled
    signer = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token")  # as Flask-WTF
    desk = Desk(app.test_client(), person, str(signer.dumps("of this desk")))
    with desk.client.session_transaction(base_url=SITE) as session:
        session["csrf_token"] = "of this desk"
        if person is not None:
            session["_user_id"] = f"{person.id}:{person.session_epoch}"
            session["_fresh"] = True
            session["began"] = session["active"] = clock.now().timestamp()
    return desk


@dataclass(frozen=True)
class Case:
    """One of everything that the console shows."""

    talk: str
    customer: str
    order: str
    complaint: str
    part: str
    amount_due: int
    staff_id: int


def a_case(here: Context, *, wait: bool = True) -> Case:
    """Budi has ordered, reported a transfer, complained, and (``wait``) asked for a person."""
    from crm_core import complaints, payments, shop

    with here.unit_of_work() as session:
        shop.save_page(
            session,
            slug="how_to_buy",
            language="id",
            title="Cara Membeli",
            body="Tanya **di chat**.",
            actor=Actor.system("test"),
        )
        part = selling.part(session)
        selling.account(session)
        talk = factories.conversation(session)
        actor = Actor.customer(talk.customer)
        order, payment = selling.placed(session, talk.customer, conversation_id=talk.id)
        payments.report(session, order, actor=actor, text="sudah transfer kak")
        complaint = complaints.file(session, talk.customer, "barang rusak", actor=actor)
        if wait:
            ask(session, talk)
        session.add(
            somebody := Staff(
                email="gudang@toko.example",
                name="Gudang",
                role="agent",
                password_hash=_quick_hash(),
            )
        )
        session.flush()
        return Case(
            talk.public_id,
            talk.customer.public_id,
            order.order_code,
            complaint.complaint_code,
            part.part_code,
            int(payment.amount_due_idr),
            somebody.id,
        )


def ask(session: Any, talk: Conversation) -> None:
    """The customer asks for a person."""
    handoffs.request(
        session, talk, reason="asked", actor=Actor.bot(), wish="mau bicara dengan orang"
    )
