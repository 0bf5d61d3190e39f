"""Secrets that the shop keeps for others, sealed before they reach the database.

Sealed by Fernet (AES-128 in CBC mode with HMAC-SHA256) under a key made of the shop's secret key,
so that a copy of the database alone opens none of them. A process says once, with :func:`use`,
which secret key is its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from crm_core.errors import Conflict

_PURPOSE = b"sapa: sealed in the database, 1"
"""A key for this alone: what signs sessions and links opens no seal."""


@dataclass
class _Own:
    keys: MultiFernet | None = None


_own = _Own()


def use(secret: str, *former: str) -> None:
    """Seal with ``secret`` in this process, and open what that or a ``former`` one has sealed."""
    known = [Fernet(_key(one)) for one in (secret, *former) if one]
    _own.keys = MultiFernet(known) if secret else None


def seal(text: str) -> str:
    """``text`` as it may be kept: printable, another one each time."""
    return _keys().encrypt(text.encode()).decode()


def opened(sealed: str) -> str:
    """What was sealed. Raises Conflict ("seal_broken") if no key of ours opens it."""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise Conflict("seal_broken") from None


def sealed_anew(sealed: str) -> str:
    """The same under the present key. Raises Conflict ("seal_broken")."""
    return seal(opened(sealed))


def _keys() -> MultiFernet:
    if _own.keys is None:
        raise ValueError("nothing is sealed without a secret key")
    return _own.keys


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest())
