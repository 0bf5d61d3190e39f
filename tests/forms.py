"""What customers and Twilio send: forms, signatures, pictures."""

from __future__ import annotations

import io

from PIL import Image

from channels.twin import forms, posting
from channels.twin.server import ACCOUNT, TOKEN
from channels.twin.server import SMS as SHOP_SMS
from channels.twin.server import WHATSAPP as SHOP_WHATSAPP

__all__ = [
    "ACCOUNT", "SHOP_SMS", "SHOP_WHATSAPP", "TOKEN", "encoded", "post_signed", "sign", "sms_form",
    "whatsapp_form",
]  # fmt: skip


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature of a form posted to ``url``."""
    return posting.sign(url, form, token)


def post_signed(url: str, form: dict[str, str], *, signed_url: str | None = None) -> int:
    """POST ``form`` as Twilio would; ``signed_url`` where the public address is another."""
    return posting.post(url, form, TOKEN, signed_url)


def whatsapp_form(number: str, body: str, **more: str) -> dict[str, str]:
    """The parameters that Twilio publishes for an incoming WhatsApp message."""
    return forms.inbound(ACCOUNT, SHOP_WHATSAPP, f"whatsapp:+{number.lstrip('+')}", body, more)


def sms_form(number: str, body: str, **more: str) -> dict[str, str]:
    """The parameters of an incoming SMS, with the blank geography that still counts."""
    return forms.inbound(ACCOUNT, SHOP_SMS, number, body, more)


def encoded(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """The bytes of a small red picture."""
    target = io.BytesIO()
    mode = "RGBA" if kind == "PNG" else "RGB"
    Image.new(mode, size, "red").save(target, kind, **options)  # type: ignore[arg-type]
    return target.getvalue()
