"""The one door: bytes of a file → :class:`Statement`, or a refusal of the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from crm_core.errors import InvalidInput
from crm_core.payments.statements.csvfiles import Shape, read_csv, standard_shapes
from crm_core.payments.statements.mt940 import looks_like_mt940, read_mt940
from crm_core.payments.statements.values import Statement

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
_NO_TEXT = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def read(data: bytes, *, today: date, shapes: Sequence[Shape] = ()) -> Statement:
    """The bookings in a statement file; ``shapes`` of the shop come before our own.

    ``today`` gives a year to dates without one. Bad rows are listed in the result and stop no
    other. Raises InvalidInput ("statement_empty"), ("statement_too_large", most_bytes, most_rows),
    ("statement_not_text") for a PDF, a spreadsheet or a picture, ("statement_unknown") when no
    headings of a bank are found, ("statement_no_rows"), ("statement_currency", currency).
    """
    if not data.strip():
        raise InvalidInput("statement_empty")
    if len(data) > MOST_BYTES or data.count(b"\n") > MOST_ROWS:
        raise InvalidInput("statement_too_large", most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    text = _text(data)
    found = read_mt940(text) if looks_like_mt940(text) else None
    if found is None:
        found = read_csv(text, [*shapes, *standard_shapes()], today)
    if found is None:
        raise InvalidInput("statement_unknown")
    if not (found.mutations or found.rejected):
        raise InvalidInput("statement_no_rows")
    return found


def _text(data: bytes) -> str:
    if data.startswith(_NO_TEXT):
        raise InvalidInput("statement_not_text")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise InvalidInput("statement_not_text")
    return text
