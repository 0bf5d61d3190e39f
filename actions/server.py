"""``python -m actions.server --port N [--host 127.0.0.1]``: what Rasa calls for every action.

Whoever reaches this port can act as any customer: beyond loopback every call must show
``SAPA_INTERNAL_TOKEN``. The library's own start would listen on all addresses with CORS open and
answer a failure with the whole request.
"""

from __future__ import annotations

import argparse
import gc
import hmac
import importlib
import inspect
import ipaddress
import logging
import pkgutil
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import structlog
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionMissingDomainException, ActionNotFoundException
from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

import actions
from actions.base import CrmAction
from crm_core import catalogue, db, garbage, links, logs, timekeeping
from crm_core.settings import Settings

log = logging.getLogger(__name__)


def action_classes() -> Iterator[type[CrmAction]]:
    """Every concrete action in ``actions/*.py``."""
    for module_info in pkgutil.iter_modules(actions.__path__):
        module = importlib.import_module(f"actions.{module_info.name}")
        for _, found in inspect.getmembers(module, inspect.isclass):
            if found.__module__ != module.__name__ or inspect.isabstract(found):
                continue
            if issubclass(found, CrmAction):
                yield found


def executor(sessions: db.Sessions) -> ActionExecutor:
    """The library's executor knowing every action of ours."""
    known = ActionExecutor()
    for action in action_classes():
        known.register_action(action(sessions))
    return known


def application(sessions: db.Sessions, token: str | None = None) -> Sanic[Any, Any]:
    """The web application: ``POST /webhook`` (for bearers of ``token``, if any), ``GET /health``.

    Not the library's own, which allows any origin and echoes the request in its errors.
    """
    known = executor(sessions)
    app: Sanic[Any, Any] = Sanic("sapa_actions", configure_logging=False)
    app.config.ACCESS_LOG = False

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return json({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        shown = request.headers.get("Authorization", "").encode()
        if token and not hmac.compare_digest(shown, f"Bearer {token}".encode()):
            return json({"error": "not allowed"}, status=401)
        try:
            _name_the_turn(request.json)
            result = await known.run(request.json)
        except ActionNotFoundException as error:
            return json({"error": "unknown action", "action_name": error.action_name}, status=404)
        except ActionMissingDomainException:  # only its digest came, and it is not the one known
            return json({"error": "domain needed"}, status=449)
        except Exception:  # Rasa takes any 500 for a failed action; nobody needs the details
            log.exception("a call failed")
            return json({"error": "failed"}, status=500)
        return json(result.model_dump() if result else None)

    return app


def _name_the_turn(call: dict[str, Any]) -> None:
    """Give the log lines of this call the ids of its turn (of this call only: each has a task)."""
    structlog.contextvars.clear_contextvars()
    metadata = (call.get("tracker", {}).get("latest_message") or {}).get("metadata") or {}
    found = {name: metadata[name] for name in ("request_id", "turn_id") if metadata.get(name)}
    structlog.contextvars.bind_contextvars(**found)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _warm(sessions: db.Sessions) -> None:
    with sessions() as session:
        catalogue.understand(session, "busi")
    # What is there now stays: looking through it for garbage stopped all actions for 150 ms.
    gc.collect()
    garbage.started()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m actions.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    settings = Settings.load()
    if not settings.database_url:
        parser.error("SAPA_DATABASE_URL is not set: start through `sapa up`")
    token = settings.internal_token.get_secret_value() if settings.internal_token else None
    if not token and not _is_loopback(arguments.host):
        parser.error("beyond loopback SAPA_INTERNAL_TOKEN must be set")
    logs.setup(settings.log_level)
    # Measured and guarded by a contract test: this library serves rasa 3.6.21.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    if settings.secret_key:
        links.use(settings.secret_key.get_secret_value(), settings.public_url)
    timekeeping.begin()
    engine = db.engine_for(settings.database_url)
    timekeeping.attend(engine)
    catalogue.keep_index_in(settings.data_dir / "catalogue")
    app = application(db.sessions(engine), token)
    # Reading the catalogue into memory takes seconds; the first customer should not wait for it.
    threading.Thread(target=_warm, args=[db.sessions(engine)], daemon=True).start()
    app.run(host=arguments.host, port=arguments.port, single_process=True, motd=False)


if __name__ == "__main__":
    main()
