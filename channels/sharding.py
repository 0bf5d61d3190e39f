"""Which of several Rasa servers reads a conversation.

Each conversation ranks the servers by a hash of both names and meets the first of them, so every
worker on every machine picks the same one without asking anybody, and a server more or less moves
only the conversations that are or were its own (rendezvous hashing).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def ranked(servers: Sequence[str], conversation: str) -> list[str]:
    """``servers`` in the order in which ``conversation`` (its public id) prefers them."""

    def weight(server: str) -> bytes:
        return hashlib.blake2b(f"{conversation}\0{server}".encode(), digest_size=8).digest()

    return sorted(servers, key=weight)
