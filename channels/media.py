"""What comes with messages: fetched or uploaded, checked, kept in the data folder.

A picture is made anew; a list (CSV, XLSX) is kept as it came, read cell by cell and never shown in
a page. Voice notes, videos and PDFs are kept as they came for people (:mod:`channels.attachments`).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import structlog
from flask import Response, send_file

from channels import attachments, context, pictures
from crm_core import catalogue, conversations
from crm_core.conversations import InboundMedia
from crm_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.settings import Settings

log = structlog.get_logger(__name__)

FOLDER = "media"
_LIST_NAMES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Uploads are told apart by the end of their names; their content is checked whatever it says."""
FETCH_S = 20.0
"""Longest time for one file, whatever its server does."""
STORE_HOSTS = ("mms.twiliocdn.com", "s3-external-1.amazonaws.com", "media.twiliocdn.com")
"""Where Twilio's API sends on to for the bytes themselves."""
MAX_ATTEMPTS = 5
MAX_REDIRECTS = 3


class _Refused(Exception):  # noqa: N818 - a reason, told to nobody but the row
    """The file will not be had; the argument is the reason to keep."""


def fetch(here: Context, media_id: int) -> None:
    """Fetch a pending file and keep it, a picture as a clean copy; refused ones keep the reason."""
    with here.unit_of_work() as session:
        media = conversations.media_by_id(session, media_id)
        if media.state != "pending":
            return
        url, provider = media.source_url or "", media.message.provider
        kind = media.content_type
    try:
        if provider != "twilio":
            raise _Refused("not_from_a_provider")
        content = _download(url, here.settings, _most_bytes(kind))
        stored = _kept(here.settings, content, kind)
    except InvalidInput as refused:
        _refuse(here, media_id, refused.code)
    except _Refused as refused:
        _refuse(here, media_id, str(refused))
    except httpx.HTTPError as error:
        _again(here, media_id, type(error).__name__)
    else:
        with here.unit_of_work() as session:
            conversations.mark_media_stored(
                session,
                media_id,
                path=str(stored.path),
                sha256=str(stored.sha256),
                size=int(stored.size or 0),
                content_type=stored.content_type,
                phash=stored.phash,
            )


def uploaded(settings: Settings, content: bytes, name: str = "") -> InboundMedia:
    """An upload as a message carries it: checked and kept. ``name`` is the file's own name.

    Raises InvalidInput as ``pictures.clean`` does, or "list_file_too_large".
    """
    return _kept(settings, content, _LIST_NAMES.get(Path(name).suffix.lower(), "image/jpeg"))


def _kept(settings: Settings, content: bytes, content_type: str) -> InboundMedia:
    if catalogue.is_list_type(content_type):
        if len(content) > catalogue.MOST_LIST_BYTES:
            raise InvalidInput("list_file_too_large")
        path = keep(settings, content, catalogue.suffix_of(content_type))
        sha256 = hashlib.sha256(content).hexdigest()
        return InboundMedia(None, content_type, path, sha256, len(content))
    if attachments.family(content_type):
        found = attachments.recognised(content, content_type)
        path = keep(settings, content, found.suffix)
        sha256 = hashlib.sha256(content).hexdigest()
        return InboundMedia(None, found.content_type, path, sha256, len(content))
    picture = pictures.clean(content)
    path = keep(settings, picture.content, ".jpg")
    size = len(picture.content)
    return InboundMedia(None, "image/jpeg", path, picture.sha256, size, picture.phash)


def keep(settings: Settings, content: bytes, suffix: str) -> str:
    """Write a file under a name of our own; returns its path below the data folder."""
    name = secrets.token_hex(16)
    path = Path(FOLDER) / name[:2] / f"{name}{suffix}"
    target = settings.data_dir / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(target)
    return path.as_posix()


def stored_file(settings: Settings, path: str) -> Path | None:
    """The file at a path below the data folder; None if it is not there, or outside of it."""
    root = (settings.data_dir / FOLDER).resolve()
    target = (settings.data_dir / path).resolve()
    return target if target.is_relative_to(root) and target.is_file() else None


def serve(media_id: int) -> Response:
    """The picture as an answer, anything else as a download of its own type: a player takes it, a
    page never shows it. Who may see it the caller decides, before.

    Raises NotFound ``media_not_found`` also while it is not (or never) stored.
    """
    here = context.current()
    with here.unit_of_work() as session:
        media = conversations.media_by_id(session, media_id)
        path = media.path if media.state == "stored" else None
        kind = media.content_type
    target = stored_file(here.settings, path) if path else None
    if target is None:
        raise NotFound("media_not_found")
    name, mimetype = _as_file(media_id, kind)
    answer = send_file(target, mimetype=mimetype, conditional=True, max_age=3600)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    place = "inline" if mimetype == "image/jpeg" else "attachment"
    answer.headers["Content-Disposition"] = f'{place}; filename="{name}{target.suffix}"'
    return answer


def _as_file(media_id: int, kind: str) -> tuple[str, str]:
    """How a stored file is called (without its end), and as what browsers get it."""
    if catalogue.is_list_type(kind):
        return f"list-{media_id}", "application/octet-stream"
    if kind in attachments.KEPT:
        return f"{attachments.family(kind)}-{media_id}", kind
    return f"photo-{media_id}", "image/jpeg"


def _most_bytes(kind: str) -> int:
    return attachments.MAX_BYTES if attachments.family(kind) else pictures.MAX_BYTES


def _download(url: str, settings: Settings, most: int) -> bytes:
    """The bytes at a provider's address: known hosts only, credentials for the first one only."""
    api = urlsplit(settings.twilio_api_url)
    token = settings.twilio_auth_token
    account = (settings.twilio_account_sid or "", token.get_secret_value() if token else "")
    with httpx.Client(timeout=FETCH_S / 2, follow_redirects=False, trust_env=False) as client:
        for hop in range(MAX_REDIRECTS + 1):
            parts = urlsplit(url)
            at_api = (parts.scheme, parts.netloc) == (api.scheme, api.netloc)
            at_store = parts.scheme == "https" and parts.netloc in STORE_HOSTS and hop > 0
            if not (at_api or at_store):
                raise _Refused("host_not_allowed")
            auth = account if at_api and hop == 0 else None
            with client.stream("GET", url, auth=auth) as answer:
                if answer.has_redirect_location:
                    url = str(answer.url.join(answer.headers["Location"]))
                    continue
                return _body(answer, most)
    raise _Refused("too_many_redirects")


def _body(answer: httpx.Response, most: int) -> bytes:
    if answer.status_code in {408, 425, 429} or answer.status_code >= 500:
        raise httpx.HTTPStatusError("later", request=answer.request, response=answer)
    if answer.status_code != 200:
        raise _Refused(f"http_{answer.status_code}")
    content, deadline = bytearray(), time.monotonic() + FETCH_S
    for chunk in answer.iter_bytes(64 * 1024):
        content += chunk
        if len(content) > most:
            raise _Refused("picture_too_large" if most == pictures.MAX_BYTES else "file_too_large")
        if time.monotonic() > deadline:
            raise _Refused("too_slow")  # a server that drips bytes never times out by itself
    return bytes(content)


def _refuse(here: Context, media_id: int, reason: str) -> None:
    with here.unit_of_work() as session:
        conversations.mark_media_refused(session, media_id, reason)
    log.info("media_refused", media_id=media_id, reason=reason)


def _again(here: Context, media_id: int, reason: str) -> None:
    with here.unit_of_work() as session:
        if conversations.count_media_attempt(session, media_id, reason) >= MAX_ATTEMPTS:
            conversations.mark_media_refused(session, media_id, reason)
    log.warning("media_not_fetched", media_id=media_id, reason=reason)
