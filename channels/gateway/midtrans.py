"""Midtrans: pages by its "Snap" API, states by its "Core" API, notifications checked by signature.

A notification is signed with SHA-512 over order id, status code, gross amount and our server key;
the status that we ask for ourselves carries the same signature and is checked in the same way.
"""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from crm_core.errors import ExternalError
from crm_core.money import Rupiah
from crm_core.payments import ChargeState, GatewayAway, GatewayStatus

NAME = "midtrans"
TIMEOUT_S = 10.0
_PAID, _FAILED = {"settlement"}, {"deny", "cancel", "expire", "failure"}
_RETURNED = {"refund", "partial_refund", "chargeback", "partial_chargeback"}


class Midtrans:
    """One merchant's account; ``api_url`` answers about states, ``page_url`` opens pages."""

    name = NAME

    def __init__(self, server_key: str, api_url: str, page_url: str) -> None:
        self._key, self._api, self._pages = server_key, api_url, page_url

    def open_page(self, reference: str, amount_idr: int, order_code: str) -> str:
        """See :class:`crm_core.payments.Gateway`."""
        body = {
            "transaction_details": {"order_id": reference, "gross_amount": int(amount_idr)},
            "item_details": [
                {"id": order_code, "price": int(amount_idr), "quantity": 1, "name": order_code}
            ],
            "credit_card": {"secure": True},
        }
        answer = self._call("POST", f"{self._pages}/snap/v1/transactions", json=body)
        if answer.status_code != 201:
            raise ExternalError("gateway_refused", reason=f"http_{answer.status_code}")
        address = str(_json(answer).get("redirect_url") or "")
        parts = urlsplit(address)
        if parts.scheme not in {"https", urlsplit(self._pages).scheme} or not parts.hostname:
            raise ExternalError("gateway_refused", reason="no_page")
        return address

    def ask(self, reference: str) -> GatewayStatus | None:
        """See :class:`crm_core.payments.Gateway`."""
        answer = self._call("GET", f"{self._api}/v2/{quote(reference, safe='')}/status")
        body = _json(answer)
        if answer.status_code == 404 or str(body.get("status_code")) == "404":
            return None
        if answer.status_code != 200:
            raise GatewayAway(f"http_{answer.status_code}")
        if not self.is_signed(body) or body.get("order_id") != reference:
            raise GatewayAway("bad_signature")
        return read_status(body)

    def is_signed(self, body: dict[str, Any]) -> bool:
        """Whether the sender of ``body`` knows our server key."""
        parts = [body.get(name) for name in ("order_id", "status_code", "gross_amount")]
        given = body.get("signature_key")
        if not all(isinstance(one, str) and one for one in [*parts, given]):
            return False
        signed = "".join(map(str, parts)) + self._key
        expected = hashlib.sha512(signed.encode()).hexdigest()
        return hmac.compare_digest(expected.encode(), str(given).lower().encode())

    def _call(self, method: str, url: str, **more: Any) -> httpx.Response:
        auth = (self._key, "")
        try:
            with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
                return client.request(
                    method, url, auth=auth, headers={"Accept": "application/json"}, **more
                )
        except httpx.HTTPError as error:
            raise GatewayAway(type(error).__name__) from None


def read_status(body: dict[str, Any]) -> GatewayStatus:
    """What a status or a notification of Midtrans says; a word that we do not know is OPEN.

    A card payment that its fraud check doubts ("challenge") is money the gateway still holds.
    """
    word = str(body.get("transaction_status") or "")
    safe = str(body.get("fraud_status") or "accept") == "accept"
    if word in _FAILED:
        state = ChargeState.FAILED
    elif word in _RETURNED:
        state = ChargeState.RETURNED
    elif safe and (word in _PAID or word == "capture"):
        state = ChargeState.PAID
    else:
        state = ChargeState.OPEN
    return GatewayStatus(
        reference=str(body.get("order_id") or ""),
        transaction_id=str(body.get("transaction_id") or ""),
        state=state,
        amount_idr=_whole(body.get("gross_amount")),
        currency=str(body.get("currency") or "IDR"),
    )


def _whole(written: object) -> Rupiah | None:
    """``"150123.00"`` as rupiah; None for sen, signs, or anything else."""
    try:
        amount = Decimal(str(written))
        whole = int(amount)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return Rupiah(whole) if amount == whole and 0 <= whole < 10**15 else None


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        raise GatewayAway("not_json") from None
    if not isinstance(body, dict):
        raise GatewayAway("not_json")
    return body
