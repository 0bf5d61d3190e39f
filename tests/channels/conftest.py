"""The web application and the worker's functions on real servers, with fake Rasa and Twilio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from channels import context, create_app, live, tasks
from channels.celery_app import app as celery
from channels.celery_app import configure
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from crm_core.conversations import Inbound
from crm_core.settings import Settings
from tests.fakes import FakeRasa, running
from tests.forms import ACCOUNT, SHOP_SMS, SHOP_WHATSAPP, TOKEN

PUBLIC = "https://sapa.test"


@pytest.fixture
def rasa_server() -> Iterator[FakeRasa]:
    with running(FakeRasa()) as server:
        yield server


@pytest.fixture
def twilio_server() -> Iterator[Twin]:
    with running(Twin(keeps_windows=False)) as server:
        yield server


@pytest.fixture
def channel_settings(settings: Settings, rasa_server: FakeRasa, twilio_server: Twin) -> Settings:
    """A shop that uses Twilio (the fake one)."""
    return settings.model_copy(
        update={
            "sender": "twilio",
            "public_url": PUBLIC,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": SecretStr(TOKEN),
            "twilio_api_url": twilio_server.url,
            "twilio_whatsapp_from": SHOP_WHATSAPP,
            "twilio_sms_from": SHOP_SMS,
            "twilio_timeout_s": 60.0,
            "rasa_url": rasa_server.url,
            "rasa_timeout_s": 60.0,
        }
    )


@pytest.fixture
def here(channel_settings: Settings, database: sa.Engine) -> Iterator[Context]:
    """This process's context on an empty database; wake-ups run at once, in this thread."""
    made = context.use(channel_settings)
    assert celery.conf.broker_url  # makes Celery read its settings now, not over what follows
    configure(celery, channel_settings)
    celery.conf.task_always_eager = True
    celery.conf.task_eager_propagates = True
    tasks.close_clients()
    yield made
    live.install()()
    tasks.install()()
    live.close()
    tasks.close_clients()
    made.close()


def use_broker(url: str) -> None:
    """Publish to ``url`` from here on instead of running tasks at once."""
    celery.conf.task_always_eager = False
    celery.conf.broker_url = url
    celery._pool = None
    celery.amqp._producer_pool = None


@pytest.fixture
def asleep(here: Context) -> Context:
    """Wake-ups go nowhere: the test runs the worker's functions itself."""
    use_broker("memory://")
    return here


@pytest.fixture
def broker_away(here: Context) -> Context:
    """Wake-ups fail, as when Redis is down."""
    use_broker("redis://127.0.0.1:1/0")
    return here


_apps: dict[str, Flask] = {}


def app_of(settings: Settings, **config: object) -> Flask:
    """Made once per worker: the application reads the addresses of a test from its context."""
    key = f"{settings.redis_url} {settings.sender} {sorted(config)}"
    context.use(settings)
    if key not in _apps:
        _apps[key] = create_app(settings)
        _apps[key].config.update(config)
    live.install()
    tasks.install()
    return _apps[key]


@pytest.fixture
def flask_app(here: Context) -> Flask:
    """The application of a shop that uses Twilio."""
    return app_of(here.settings)


@pytest.fixture
def api_app(settings: Settings, database: sa.Engine) -> Iterator[Flask]:
    """The application of a shop without Twilio, on an empty database."""
    made = app_of(settings, TESTING=True)
    use_broker("memory://")  # whatever ran before: nobody answers what these tests store
    yield made
    live.install()()
    tasks.install()()
    context.current().close()


@pytest.fixture(scope="session", autouse=True)
def _kept_certificates() -> Iterator[None]:
    """Each client of httpx reads the world's root certificates (40 ms); the first one is enough."""
    made = cache(httpx._config.create_ssl_context)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", made)
        yield


@pytest.fixture
def web(flask_app: Flask) -> FlaskClient:
    return flask_app.test_client()


@pytest.fixture
def say(here: Context) -> Callable[..., int]:
    """``say("halo") -> conversation id``: a WhatsApp customer's message, stored."""
    numbers = iter(range(10_000))

    def store(text: str, *, address: str = "whatsapp:+6281234567001", **more: object) -> int:
        channel = address.partition(":")[0]
        provider = "web" if channel == "web" else "twilio"
        sid = str(more.pop("provider_id", f"SMtest{next(numbers)}"))
        inbound = Inbound(provider, sid, channel, address, text, **more)  # type: ignore[arg-type]
        with here.unit_of_work() as session:
            return conversations.receive(session, inbound).conversation.id

    return store
