"""Phone numbers: read once at the edge, kept as E.164, masked wherever people look."""

from __future__ import annotations

import phonenumbers

from crm_core.errors import InvalidInput


def to_e164(text: str, region: str = "ID") -> str:
    """``"0812-3456-7890"`` → ``"+6281234567890"``.

    ``region`` is the country of numbers written without one. Raises InvalidInput
    ("phone_invalid") for what cannot be a number anywhere.
    """
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        raise InvalidInput("phone_invalid") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput("phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(e164: str) -> str:
    """``"+6281234567890"`` → ``"+62812•••7890"``: enough to recognise, too little to call.

    Anything too short to keep both ends is hidden but for its last two signs.
    """
    if len(e164) < 10:
        return "•••" + e164[-2:] if len(e164) > 4 else "•••"
    return f"{e164[:6]}•••{e164[-4:]}"
