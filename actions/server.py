"""``python -m actions.server --port N [--host 127.0.0.1]``: what Rasa calls for every action.

Loopback only: whoever reaches this port can act as any customer. The library's own start would
listen on all addresses with CORS open and answer a failure with the whole request.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import logging
import pkgutil
import warnings
from collections.abc import Iterator
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

import actions
from actions.base import CrmAction
from crm_core import db
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


def application(sessions: db.Sessions) -> Sanic[Any, Any]:
    """The web application: ``POST /webhook`` and ``GET /health``, no CORS."""
    app = create_app(executor(sessions), cors_origins="")
    app.config.ACCESS_LOG = False
    app.error_handler.add(Exception, _failed)
    return app


async def _failed(request: Request, exception: Exception) -> HTTPResponse:  # noqa: ARG001
    log.error("a call failed", exc_info=exception)
    return json({"error": "failed"}, status=500)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m actions.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    settings = Settings.load()
    if not settings.database_url:
        parser.error("SAPA_DATABASE_URL is not set: start through `sapa up`")
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    # Measured and guarded by a contract test: this library serves rasa 3.6.21.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    engine = db.engine_for(settings.database_url)
    app = application(db.sessions(engine))
    app.run(host=arguments.host, port=arguments.port, single_process=True, motd=False)


if __name__ == "__main__":
    main()
