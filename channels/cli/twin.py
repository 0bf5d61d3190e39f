"""``sapa twilio-twin``: a Twilio of one's own, for demos and drills."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from channels.twin import Twin
from channels.twin.control import settings_of
from channels.twin.posting import Reports


def twilio_twin(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 = any free one.")] = 8299,
    shop: Annotated[
        str, typer.Option(help="Where customers' messages are posted.")
    ] = "http://127.0.0.1:8000",
    public: Annotated[
        str, typer.Option(help="SAPA_PUBLIC_URL of the shop, if that is another address.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = 1,
) -> None:
    """Stand in for Twilio on this machine until Ctrl-C; prints the settings that a shop needs.

    Every message is reported sent and delivered. What it accepted is at /twin/ledger; faults,
    customers' messages and templates are set below /twin too.
    """
    try:
        twin = Twin(port, shop_url=shop, public_url=public, seed=seed)
    except OSError as error:
        raise typer.BadParameter(f"port {port}: {error.strerror}") from None
    twin.reports = Reports(("sent", "delivered"))
    ended = threading.Event()
    # Before the settings are told: who has read them may ask for the end at once.
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        for name, value in settings_of(twin).items():
            typer.echo(f"{name}={value}")
        ended.wait()
    except KeyboardInterrupt:
        typer.echo("")
    finally:
        twin.stop()
