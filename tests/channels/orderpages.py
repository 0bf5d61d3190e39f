"""A browser without scripts on the page of one order."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from channels.context import Context
from crm_core import links, orders, payments, shop
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import SITE, desk_of, words

SECRET = "only-for-tests"
HOSTILE = "<script>alert(1)</script>\u202e {{7*7}} \" ' \x00"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def jpeg(colour: str = "white") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(target, "JPEG", exif=b"Exif\0\0GPS here")
    return target.getvalue()


@dataclass
class Page:
    """A browser without JavaScript on the page of one order."""

    here: Context
    client: FlaskClient
    code: str
    order_id: int
    token: str

    @property
    def path(self) -> str:
        return f"/o/{self.token}"

    def get(self, below: str = "", **headers: str) -> TestResponse:
        return self.client.get(self.path + below, base_url=SITE, headers=headers)

    def text(self, below: str = "") -> str:
        answer = self.get(below)
        assert answer.status_code == 200
        return words(answer)

    def post(self, below: str, *, form_token: str | None = None, **fields: object) -> TestResponse:
        """A form as the page holds it; the answer is not followed."""
        if form_token is None:
            found = TOKEN.search(self.get().get_data(as_text=True))
            form_token = html.unescape(found[1]) if found else ""
        return self.client.post(
            self.path + below, base_url=SITE, data={"csrf_token": form_token, **fields}
        )

    def upload(self, content: bytes, name: str) -> TestResponse:
        """A photo of any size, sent as a browser would."""
        found = TOKEN.search(self.get().get_data(as_text=True))
        assert found is not None
        head = "Content-Disposition: form-data; name="
        body = (
            f'--B\r\n{head}"csrf_token"\r\n\r\n{html.unescape(found[1])}\r\n'
            f'--B\r\n{head}"photo"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode() + content + b"\r\n--B--\r\n"  # fmt: skip
        kind = "multipart/form-data; boundary=B"
        return self.client.post(self.path + "/proof", base_url=SITE, data=body, content_type=kind)

    def send(self, below: str, **fields: object) -> str:
        """A form that is accepted, and what the page says then."""
        answer = self.post(below, **fields)
        assert answer.status_code == 303, words(answer)
        return words(self.client.get(answer.headers["Location"], base_url=SITE))

    def refused(self, status: int, below: str, **fields: object) -> str:
        answer = self.post(below, **fields)
        assert answer.status_code == status
        return words(answer)

    def order(self) -> Order:
        with self.here.unit_of_work() as session:
            return orders.by_code(session, self.code)

    def payment(self) -> Payment:
        with self.here.unit_of_work() as session:
            found = payments.for_order(session, orders.by_code(session, self.code))
            assert found is not None
            return found


def opened(here: Context, app: Flask, **more: object) -> Page:
    """The page of Budi's order of brake pads and a filter, waiting for money."""
    with here.unit_of_work() as session:
        selling.part(session)
        selling.part(session, selling.FILTER, price=38_500, name="Filter Oli", pieces=3)
        selling.account(session)
        shop.save_fact(session, "name", "Toko Coba")
        shop.save_fact(session, "whatsapp", "+6281255500101")
        talk = factories.conversation(session)
        lines = [(selling.PADS, 2), (selling.FILTER, 1)]
        order, _ = selling.placed(session, talk.customer, lines, conversation_id=talk.id, **more)
        code, order_id = order.order_code, order.id
    client = desk_of(app, None).client
    return Page(here, client, code, order_id, links.order_token(SECRET, order_id))


def paid(page: Page) -> None:
    with page.here.unit_of_work() as session:
        payment = payments.for_order(session, orders.by_code(session, page.code))
        assert payment is not None
        clerk = Actor.of_staff(factories.member(session))
        payments.report(session, orders.by_code(session, page.code), actor=Actor.bot(), text="ok")
        selling.pay(session, payment, clerk)
