"""Everything that faces someone: webhooks, web chat, console, storefront, API, worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from crm_core.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web application; without ``settings`` they are read from the environment."""
    # Imported here, so that importing a part of this package does not import all of it.
    from channels import (  # noqa: PLC0415
        api,
        context,
        errors,
        health,
        i18n,
        live,
        login,
        logs,
        metrics,
        security,
        shown,
        squeezing,
        tasks,
        visitors,
    )
    from channels.console import blueprint as console  # noqa: PLC0415
    from channels.gateway.views import blueprint as gateway  # noqa: PLC0415
    from channels.loopback.phone import blueprint as phone  # noqa: PLC0415
    from channels.orderpage import blueprint as orderpage  # noqa: PLC0415
    from channels.storefront import blueprint as storefront  # noqa: PLC0415
    from channels.twilio.webhook import blueprint as twilio  # noqa: PLC0415
    from channels.webchat.page import blueprint as webchat_page  # noqa: PLC0415
    from channels.webchat.views import blueprint as webchat  # noqa: PLC0415

    here = context.use(settings) if settings else context.current()
    logs.setup(here.settings.log_level)
    app = Flask(__name__)
    security.install(app, here.settings)
    errors.register(app)
    for part in (metrics, i18n, login, visitors, shown, squeezing):
        part.install(app)
    shop = (storefront, webchat, webchat_page, orderpage)
    for blueprint in (twilio, *shop, console, gateway, health.blueprint):
        app.register_blueprint(blueprint)
    if here.settings.sender == "loopback":
        app.register_blueprint(phone)
    api.register(app)
    live.install()
    tasks.install()
    return app
