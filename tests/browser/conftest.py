"""A real browser in front of the real web application, in this process, on a free port."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from channels import context, create_app, live, tasks
from channels.celery_app import app as celery
from channels.celery_app import configure
from channels.context import Context
from crm_core.settings import Settings
from crm_core.staff import Staff
from tests import factories

DESKTOP, PHONE = (1280, 760), (360, 740)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 15_000
"""How long a page may take to show something; on a busy machine, seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def redis_address(valkey_url: str) -> str:
    """Overridden by tests of what works without it."""
    return valkey_url


@dataclass
class Site:
    """The running application and its address."""

    here: Context
    app: Flask
    url: str


@pytest.fixture
def site(settings: Settings, redis_address: str, database: sa.Engine) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    here = context.use(settings.model_copy(update={"public_url": url, "redis_url": redis_address}))
    assert celery.conf.broker_url  # makes Celery read its settings now, not over what follows
    configure(celery, here.settings)
    celery.conf.task_always_eager = False
    celery.conf.broker_url = "memory://"  # wake-ups go nowhere: nobody answers but the test
    celery._pool = None
    celery.amqp._producer_pool = None
    app = create_app(here.settings)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, name="site")
    thread.start()
    yield Site(here, app, url)
    server.shutdown()
    thread.join()
    server.server_close()
    live.install()()
    tasks.install()()
    live.close()
    tasks.close_clients()
    _await_connections(here.engine)
    here.close()


def _await_connections(engine: sa.Engine, limit_s: float = 5.0) -> None:
    """A request that is just ending gives its connection back to a pool that is still there."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while engine.pool.checkedout() and time.monotonic() < deadline:  # type: ignore[attr-defined]
        pause.wait(0.02)


@dataclass
class Window:
    """A browser window with what it complained about."""

    page: Page
    context: BrowserContext
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go there."""
        self.page.goto(self.site.url + path)
        return self.page

    def too_wide(self) -> int:
        """By how many pixels the page can be scrolled sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


WATCH = """
window.__ran = [];
window.alert = (what) => window.__ran.push(String(what));
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP " + event.violatedDirective + " " + event.blockedURI));
"""


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Callable[..., Window]]:
    """``window(person, size)``: a new window, signed in through the form if ``person`` is given."""
    opened: list[Window] = []

    def make(person: Staff | None = None, size: tuple[int, int] = DESKTOP) -> Window:
        made = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=size == PHONE,
            has_touch=size == PHONE,
            reduced_motion="reduce",
        )
        made.set_default_timeout(PATIENCE_MS)
        made.add_init_script(WATCH)
        one = Window(made.new_page(), made, site)
        opened.append(one)
        one.page.on(
            "console",
            lambda said: one.complaints.append(said.text) if said.type == "error" else None,
        )
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        if person is not None:
            one.open("/console/login")
            one.page.fill("#email", person.email)
            one.page.fill("#password", factories.PASSWORD)
            one.page.press("#password", "Enter")
            one.page.wait_for_url(re.compile("/console$"))
        return one

    yield make
    for one in opened:
        one.context.close()
