"""Voice notes, videos and PDFs of customers: told by their first bytes, kept as they came.

Nothing here is decoded or run on our side, and browsers get it as a download of exactly that type:
a player plays it, a page never shows it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from crm_core.errors import InvalidInput

MAX_BYTES = 16 * 1024 * 1024
"""WhatsApp's own limit for what a customer can send through Twilio."""
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a file is: the type that browsers are told, and the end of its name."""

    content_type: str
    suffix: str


PDF = Attachment("application/pdf", ".pdf")
KEPT = {
    one.content_type: one
    for one in (
        PDF,
        Attachment("audio/ogg", ".ogg"),
        Attachment("audio/mpeg", ".mp3"),
        Attachment("audio/mp4", ".m4a"),
        Attachment("audio/aac", ".aac"),
        Attachment("audio/amr", ".amr"),
        Attachment("video/mp4", ".mp4"),
        Attachment("video/3gpp", ".3gp"),
        Attachment("video/webm", ".webm"),
    )
}


def family(content_type: str) -> str | None:
    """``audio``, ``video`` or ``pdf`` of what a provider calls a file; None: none of these."""
    bare = content_type.partition(";")[0].strip().lower()
    if bare == PDF.content_type:
        return "pdf"
    head = bare.partition("/")[0]
    return head if head in {"audio", "video"} else None


def recognised(content: bytes, content_type: str) -> Attachment:
    """What ``content`` is by its own bytes, which must agree with what its sender calls it.

    Raises InvalidInput ``attachment_empty``, ``attachment_too_large`` or
    ``attachment_unreadable``.
    """
    if not content:
        raise InvalidInput("attachment_empty")
    if len(content) > MAX_BYTES:
        raise InvalidInput("attachment_too_large")
    named = family(content_type)
    found = _by_bytes(content, named)
    if found is None or family(found) != named:
        raise InvalidInput("attachment_unreadable")
    return KEPT[found]


def _by_bytes(content: bytes, named: str | None) -> str | None:
    head = content[:16]
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"#!AMR"):
        return "audio/amr"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm"
    if head[4:8] in _BOXES:  # one kind of box for sound and for pictures: the sender says which
        if head[8:11] == b"3gp" and named == "video":
            return "video/3gpp"
        return "audio/mp4" if named == "audio" else "video/mp4"
    return _sound(head)


def _sound(head: bytes) -> str | None:
    """MPEG sound begins with a tag or with a frame's eleven set bits; layer 0 is AAC."""
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/mpeg" if head[1] & 0x06 else "audio/aac"
    return None
