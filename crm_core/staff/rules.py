"""Who may do what in the console, and which passwords are good enough."""

from __future__ import annotations

from crm_core.errors import InvalidInput

ROLES = ("agent", "manager", "admin")

_AGENT = frozenset({"reply", "claim", "orders", "payments"})
_MANAGER = _AGENT | {"stock", "pages", "reports", "train", "bank", "webhooks", "privacy"}
PERMISSIONS: dict[str, frozenset[str]] = {
    "agent": _AGENT,
    "manager": _MANAGER,
    "admin": _MANAGER | {"staff"},
}
"""Agents talk, verify transfers and move orders; managers also own stock, prices, pages, reports,
the bank's files, what the assistant learns, which programs hear what happens and what customers may
ask for of their data; only an admin
makes and removes accounts."""

SHORTEST, LONGEST = 8, 256
_GUESSED_FIRST = frozenset(
    {"password", "passw0rd", "qwertyui", "qwertyuiop", "1q2w3e4r", "iloveyou", "sunshine"}
    | {"princess", "football", "sayangku", "bismillah", "indonesia", "pontianak", "hondahonda"}
)
_IN_A_ROW = "01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz"


def may(role: str, permission: str) -> bool:
    """Whether ``role`` has ``permission``; an unknown role has none."""
    return permission in PERMISSIONS.get(role, frozenset())


def check_password(password: str, *, email: str) -> None:
    """Refuse what is guessed first: InvalidInput("password_weak", least=8).

    Length and guessability only, as NIST SP 800-63B asks; no rule about digits or signs. The
    upper limit of 256 signs keeps hashing cheap.
    """
    plain = password.casefold()
    too_simple = (
        len(set(plain)) < 4
        or plain in _GUESSED_FIRST
        or plain in _IN_A_ROW
        or plain in {email.casefold(), email.casefold().partition("@")[0]}
    )
    if not SHORTEST <= len(password) <= LONGEST or too_simple:
        raise InvalidInput("password_weak", least=SHORTEST)
