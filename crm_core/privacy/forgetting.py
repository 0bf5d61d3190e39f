"""What becomes of each column when a customer is forgotten. Pure.

Orders, payments and the bank's statement stay as books must (ten years by the law on company
documents), without saying whose they were as far as the books allow it.
"""

from __future__ import annotations

from typing import Any

GONE = "-"
"""In the place of a text that a row cannot be without."""

REMOVED = frozenset(
    {
        "customer_bikes",
        "delivery_addresses",
        "cart_lines",
        "misunderstood",
        "phone_codes",
        "move_codes",
    }
)
"""Tables whose rows go altogether."""

CLEARED: dict[str, dict[str, Any]] = {
    "customers": {
        "name": None, "phone": None, "email": None, "honorific": None, "honorific_own": False,
        "zone": None, "active": False, "promo_consent": False,
    },
    "carts": {"note": None, "voucher_code": None},
    "conversations": {"choices": None, "unread": 0, "waiting_since": None},
    "comments": {"name": GONE, "text": GONE},
    "orders": {"recipient_name": GONE, "recipient_phone": None, "address": GONE, "note": None},
    "order_lines": {"note": None},
    "shopping_lists": {"lines": []},
    "wishes": {"query": GONE, "understood": {}},
    "complaints": {"text": GONE},
    "complaint_notes": {"text": GONE},
    "effects": {"result": {}},
    "handoffs": {"packet": {}, "note": None},
    "mails": {"address": GONE, "subject": GONE, "text": GONE, "html": GONE},
    "messages": {
        "text": "", "choices": [], "raw": None, "facts": None, "tapped_payload": None,
        "tapped_label": None, "referral": None, "error": None,
    },
    "media": {
        "state": "refused", "error": "erased", "source_url": None, "path": None, "sha256": None,
        "size": None, "phash": None,
    },
    "payments": {"sms_to": None, "sms_code_hash": None, "reason": None},
    "points_entries": {"reason": ""},
    "returns": {"reason": GONE},
    "shipment_events": {"text": GONE},
    "transfer_reports": {"text": GONE, "sender_name": None},
}  # fmt: skip
"""Table → column → what takes its place."""

KEPT: dict[str, frozenset[str]] = {
    "bank_mutations": frozenset({"description", "reference", "fingerprint", "reason"}),
    "bank_references": frozenset({"reference"}),
    "refunds": frozenset({"to_bank", "to_number", "to_holder", "reason"}),
    "gateway_charges": frozenset({"reference", "page_url", "transaction_id"}),
    "payments": frozenset({"bank_reference"}),
    "differences": frozenset({"reason"}),
}
"""What the bank and the books say, kept because the law wants it kept."""
