"""The faces of people of the shop, as customers see them in the web chat; whoever wants has one."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from typing import TYPE_CHECKING, Final

from flask import Response, send_file
from PIL import Image, ImageOps

from channels import pictures
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from crm_core.settings import Settings

FOLDER: Final = "faces"
SIDE: Final = 192
"""Pixels of a face, which is a square."""
_NAME = re.compile(r"[0-9a-f]{24}")


def keep(settings: Settings, staff_id: int, content: bytes) -> None:
    """Keep a photo, cut to its middle; raises InvalidInput as ``pictures.clean`` does."""
    clean = pictures.clean(content).content
    path = _path(settings, _name(settings, staff_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with Image.open(io.BytesIO(clean)) as whole:
        ImageOps.fit(whole, (SIDE, SIDE)).save(draft, "JPEG", quality=85)
    draft.replace(path)


def remove(settings: Settings, staff_id: int) -> None:
    """Show initials again."""
    _path(settings, _name(settings, staff_id)).unlink(missing_ok=True)


def url_of(settings: Settings, staff_id: int | None) -> str | None:
    """Where a customer's browser finds the face; None where there is none."""
    if staff_id is None:
        return None
    name = _name(settings, staff_id)
    path = _path(settings, name)
    return f"/webchat/faces/{name}?v={path.stat().st_mtime_ns}" if path.is_file() else None


def serve(settings: Settings, name: str) -> Response:
    """The face of this name; raises NotFound "face_not_found"."""
    path = _path(settings, name) if _NAME.fullmatch(name) else None
    if path is None or not path.is_file():
        raise NotFound("face_not_found")
    answer = send_file(path, mimetype="image/jpeg", conditional=True)
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _name(settings: Settings, staff_id: int) -> str:
    # Nobody can count through the shop's people: the name follows from the secret key.
    key = settings.secret_keys()[0].encode()
    return hmac.new(key, f"face:{staff_id}".encode(), hashlib.sha256).hexdigest()[:24]


def _path(settings: Settings, name: str) -> Path:
    return settings.data_dir / FOLDER / f"{name}.jpg"
