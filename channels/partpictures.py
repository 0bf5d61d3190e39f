"""Pictures of parts: photos that the shop has put in, else a drawing of the shelf they lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, send_file

from channels import pictures

if TYPE_CHECKING:
    from pathlib import Path

    from crm_core.catalogue import PartView
    from crm_core.settings import Settings

FOLDER: Final = "parts"
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_OTHER = "M12 3 4 7.500v9L12 21l8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9"
_DRAWINGS: Final = {
    "rem": "M12 3a9 9 0 1 0 9 9M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M17 3.500a9 9 0 0 1 3.600 4.500"
    "l-4.200 2a4.500 4.500 0 0 0-1.600-2.200z",
    "mesin": "M8 3h8v3H8zM7 6h10v5H7zM7 8.500h10M10 11v4l2 1.500 2-1.500v-4M12 16.500V21M9 21h6",
    "cvt": "M8 12m-5 0a5 5 0 1 0 10 0 5 5 0 1 0-10 0M17.500 12m-3.500 0a3.500 3.500 0 1 0 7 0 "
    "3.500 3.500 0 1 0-7 0M8 7l9.500 1.500M8 17l9.500-1.500",
    "kopling": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v6M12 15v6"
    "M3 12h6M15 12h6",
    "rantai-gir": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v4M12 18v4M2 12h4M18 12h4M5 5l2.800 2.800"
    "M16.200 16.200 19 19M19 5l-2.800 2.800M7.800 16.200 5 19",
    "kelistrikan": "M13 2 5 13.500h6L10 22l9-12h-6.500z",
    "lampu": "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.500 10.900c.6.5 1 1.200 1 2V16h5v-.1c0-.8.4-1.500 "
    "1-2A6 6 0 0 0 12 3",
    "filter": "M3 4h18l-7 8.500V20l-4-2v-5.500z",
    "bahan-bakar": "M12 3s6 6.500 6 11a6 6 0 0 1-12 0c0-4.500 6-11 6-11",
    "kabel": "M4 20c0-6 4-6 8-8s8-2 8-8M3 20h2M19 4h2",
    "kaki-kaki": "M8 3h8M8 21h8M12 3v2M12 19v2M8 6l8 2.500L8 11l8 2.500L8 16l8 2.500",
    "ban-velg": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12 7v10"
    "M7.500 9.500l9 5M16.500 9.500l-9 5",
    "bearing-seal": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8"
    "M12 5.500h.01M12 18.500h.01M5.500 12h.01M18.500 12h.01",
    "bodi": "M4 7h11a4 4 0 0 1 0 8h-3a8 8 0 0 1-8-8M12 15l-2 6",
    "aksesoris": "M3 10h13a3 3 0 0 1 0 6H3zM7 10v6M11 10v6M19 13h2",
    "cairan": "M9 3h6v3l2 3v12H7V9l2-3zM7 13h10",
}
"""Shelf → what lies there, in the lines of a 24 by 24 grid. Ours."""


def serve(settings: Settings, part: PartView) -> Response:
    """The picture of a part as an answer."""
    path = _path(settings, part)
    if path.is_file():
        answer = send_file(path, mimetype="image/jpeg", conditional=True)
    else:
        answer = Response(drawing(part.category), mimetype="image/svg+xml")
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def keep(settings: Settings, part: PartView, content: bytes) -> None:
    """Keep a photo of the part, made anew; raises InvalidInput as ``pictures.clean`` does."""
    path = _path(settings, part)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(pictures.clean(content).content)
    draft.replace(path)


def drawing(category: str | None) -> str:
    """What lies on a shelf (its slug), as SVG."""
    lines = _DRAWINGS.get(category or "", _OTHER)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 44 44" width="176" height="176">'
        '<rect x="-10" y="-10" width="44" height="44" fill="#eef1f4"/>'
        f'<path d="{lines}" fill="none" stroke="#4d5a69" stroke-width="1.500" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _path(settings: Settings, part: PartView) -> Path:
    # Letters and digits only (the table sees to it), so that no code leads out of the folder.
    return settings.data_dir / FOLDER / f"{part.part_code}.jpg"
