"""Text leaves compressed where that tells nobody a secret: files, and pages that anybody may see.

A compressed answer betrays by its length what it repeats (the BREACH attack), so nothing that holds
a form's token is touched: pages about one person say ``no-store`` and go out as they are.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app, request
from werkzeug.security import safe_join

if TYPE_CHECKING:
    from flask import Flask, Response

LEAST = 1_000
"""Bytes below which compressing saves nothing that is worth it."""
_TEXT = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def install(app: Flask) -> None:
    """Compress what may be."""
    app.after_request(_squeeze)


def _squeeze(response: Response) -> Response:
    static = request.endpoint == "static" and response.mimetype in _TEXT
    public = request.blueprint == "storefront" and response.mimetype == "text/html"
    if not (static or public) or response.status_code != 200:
        return response
    if "no-store" in response.headers.get("Cache-Control", ""):
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip") or "Range" in request.headers:
        return response
    small = _file() if static else gzip.compress(response.get_data(), 6)
    if small is None or (not static and len(response.get_data()) < LEAST):
        return response
    etag, _ = response.get_etag()
    response.close()
    response.direct_passthrough = False
    response.set_data(small)
    response.headers["Content-Encoding"] = "gzip"
    if etag:
        response.set_etag(etag, weak=True)  # the same file in other bytes
    return response


def _file() -> bytes | None:
    """The static file of this request, compressed once per version."""
    name = str((request.view_args or {}).get("filename", ""))
    path = safe_join(str(current_app.static_folder), name)
    if path is None or not Path(path).is_file():
        return None
    known = Path(path).stat()
    return _compressed(path, known.st_mtime_ns) if known.st_size >= LEAST else None


@lru_cache(maxsize=64)
def _compressed(path: str, _changed: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
