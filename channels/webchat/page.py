"""What a site loads: the script for its one tag, the framed page of the chat, and their files.

The chat lives in a frame of our own origin, so nothing of the page around it (styles, scripts,
policies) reaches in, and nothing of ours reaches out (decision 0043).
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from channels import context, faces, partpictures, security
from channels.webchat.views import frame_token
from crm_core import catalogue, shop
from crm_core.errors import NotFound

blueprint = Blueprint("webchat_page", __name__, url_prefix="/webchat")

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
FILES: Final = {
    **{name: STATIC / "webchat" / name for name in (
        "chat.css", "chat.js", "api.js", "view.js", "outbox.js", "move.js", "words.js",
    )},
    "chat-format.js": STATIC / "chat-format.js",
}  # fmt: skip
"""Everything that the framed page loads, by the name under which it is asked for."""
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@blueprint.get("/widget.js")
def widget() -> Response:
    """The script for a page: ``<script src="…/webchat/widget.js" defer></script>``."""
    answer = _packed(STATIC / "webchat" / "loader.js")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@blueprint.get("/frame")
def frame() -> str:
    """The chat as a page of its own, framed by our pages and the sites that the shop names."""
    settings = context.current().settings
    security.let_frame(settings.widget_sites)
    wanted = request.args.get("lang", "")
    theme = request.args.get("theme", "")
    with context.current().unit_of_work() as session:
        name = shop.facts(session).get("name", "Sapa")
    return render_template(
        "webchat/frame.html",
        language="en" if wanted.lower().startswith("en") else "id",
        theme=theme if theme in {"light", "dark"} else "auto",
        shop=name,
        sites=settings.widget_sites,
        known=bool(frame_token()),
        files=[name for name in FILES if name.endswith(".js") and name != "chat.js"],
        file=lambda name: url_for(".asset", stamp=stamp(), name=name),
    )


@blueprint.get("/assets/<stamp>/<name>")
def asset(stamp: str, name: str) -> Response:  # noqa: ARG001 - the stamp only tells versions apart
    """A file of the framed page; its address changes with it, so a browser keeps it for good."""
    if name not in FILES:
        raise NotFound("file_not_found")
    answer = _packed(FILES[name])
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@blueprint.get("/pictures/<code>")
def picture(code: str) -> Response:
    """A part as a picture: its photo, or the drawing of the shelf that it lies on."""
    here = context.current()
    with here.unit_of_work() as session:
        part = catalogue.find_part(session, code)
    return partpictures.serve(here.settings, part)


@blueprint.get("/faces/<name>")
def face(name: str) -> Response:
    """Somebody of the shop who has put in a photo."""
    return faces.serve(context.current().settings, name)


def stamp() -> str:
    """Changes whenever a file of the framed page does."""
    digest = hashlib.sha256()
    for path in FILES.values():
        digest.update(_read(path, path.stat().st_mtime_ns)[0])
    return digest.hexdigest()[:12]


def _packed(path: Path) -> Response:
    """A file as the browser takes it, compressed where it can be."""
    plain, packed = _read(path, path.stat().st_mtime_ns)
    small = request.accept_encodings.quality("gzip") > 0
    answer = Response(packed if small else plain, content_type=_KINDS[path.suffix])
    if small:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


@cache
def _read(path: Path, changed_ns: int) -> tuple[bytes, bytes]:  # noqa: ARG001 - a key of the cache
    plain = path.read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)
