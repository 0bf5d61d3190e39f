"""What customers and Twilio send: forms, signatures, pictures."""

from __future__ import annotations

import io
import urllib.error
import urllib.parse
import urllib.request
import uuid

from PIL import Image
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "5" * 32
TOKEN = "the-auth-token-of-the-fake"
SHOP_WHATSAPP = "whatsapp:+15550100200"
SHOP_SMS = "+15550100300"


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature of a form posted to ``url``."""
    return str(RequestValidator(token).compute_signature(url, form))


def post_signed(url: str, form: dict[str, str], *, signed_url: str | None = None) -> int:
    """POST ``form`` as Twilio would; ``signed_url`` where the public address is another."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        url,
        urllib.parse.urlencode(form).encode(),
        {"X-Twilio-Signature": sign(signed_url or url, form)},
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def whatsapp_form(number: str, body: str, **more: str) -> dict[str, str]:
    """The parameters that Twilio publishes for an incoming WhatsApp message."""
    sid = more.pop("MessageSid", "SM" + uuid.uuid4().hex)
    digits = number.lstrip("+")
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Budi",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": digits,
        "SmsStatus": "received",
        "Body": body,
        "To": SHOP_WHATSAPP,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:+{digits}",
        "ApiVersion": "2010-04-01",
        **more,
    }


def sms_form(number: str, body: str, **more: str) -> dict[str, str]:
    """The parameters of an incoming SMS, with the blank geography that still counts."""
    sid = more.pop("MessageSid", "SM" + uuid.uuid4().hex)
    places = ("City", "State", "Zip", "Country")
    return {
        "ToCountry": "US",
        **{f"From{place}": "" for place in places},
        **{f"To{place}": "" for place in places},
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "To": SHOP_SMS,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": number,
        "ApiVersion": "2010-04-01",
        **more,
    }


def encoded(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """The bytes of a small red picture."""
    target = io.BytesIO()
    mode = "RGBA" if kind == "PNG" else "RGB"
    Image.new(mode, size, "red").save(target, kind, **options)  # type: ignore[arg-type]
    return target.getvalue()
