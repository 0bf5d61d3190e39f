"""The parameters that Twilio publishes for what it posts to a shop. Pure."""

from __future__ import annotations

from channels.twin.ledger import Sent, new_sid

_PLACES = ("City", "State", "Zip", "Country")


def inbound(
    account: str, to: str, sender: str, body: str = "", more: dict[str, str] | None = None
) -> dict[str, str]:
    """An incoming message; ``sender`` "whatsapp:+62…" or "+62…". ``more`` wins over the rest."""
    more = dict(more or {})
    sid = more.pop("MessageSid", new_sid("SM"))
    common = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "To": to,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": account,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    if sender.startswith("whatsapp:"):
        extra = {
            "ProfileName": "Budi",
            "MessageType": "text",
            "WaId": sender.removeprefix("whatsapp:").lstrip("+"),
            "ReferralNumMedia": "0",
        }
    else:  # the blank geography still counts in the signature
        blank = {f"{side}{place}": "" for side in ("From", "To") for place in _PLACES}
        extra = {**blank, "ToCountry": "US"}
    return {**extra, **common, **more}


def tapped(sent: Sent, place: int) -> dict[str, str]:
    """What the customer's tap on button or row ``place`` (from 0) of a message adds."""
    label, payload = sent.buttons[place]
    replied = {
        "OriginalRepliedMessageSid": sent.sid,
        "OriginalRepliedMessageSender": sent.sender,
        "Body": label,
    }
    if sent.style == "list":
        return {**replied, "MessageType": "interactive", "ListId": payload, "ListTitle": label}
    return {**replied, "MessageType": "button", "ButtonPayload": payload, "ButtonText": label}


def report(account: str, sent: Sent, status: str, error_code: str | None = None) -> dict[str, str]:
    """A status callback."""
    form = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": sent.sender,
        "To": sent.to,
        "MessageSid": sent.sid,
        "MessageStatus": status,
        "SmsSid": sent.sid,
        "SmsStatus": status,
    }
    if sent.to.startswith("whatsapp:"):
        form |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": sent.to}
    return form | ({"ErrorCode": error_code} if error_code else {})
