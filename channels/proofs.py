"""Each proof photo is held against earlier ones of other payments; what is alike people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from channels import likeness, media
from crm_core import payments
from crm_core.payments import Alike

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.payments import Earlier

log = structlog.get_logger(__name__)


def compare(here: Context, media_id: int) -> None:
    """Compare one proof, once; a file that is gone or cannot be read is like no other."""
    with here.unit_of_work() as session:
        proof = payments.to_compare(session, media_id)
    if proof is None:
        return
    mine = _content(here, proof.path)
    found: dict[int, Alike] = {}
    for earlier in proof.earlier:
        alike = _alike(here, mine, earlier)
        if alike is not None:
            found[earlier.media_id] = alike
    with here.unit_of_work() as session:
        payments.note_likenesses(session, media_id, found)
    log.info("proof_compared", media_id=media_id, looked_at=len(proof.earlier), alike=len(found))


def _alike(here: Context, mine: bytes | None, earlier: Earlier) -> Alike | None:
    if earlier.same:
        return Alike("same")
    theirs = _content(here, earlier.path)
    if mine is None or theirs is None:
        return None
    try:
        lines = likeness.lines_apart(mine, theirs)
    except (OSError, ValueError) as error:  # a list, or a file that is no picture
        log.warning("proof_not_compared", media_id=earlier.media_id, reason=str(error)[:100])
        return None
    if lines is None:
        return None
    return Alike("edited", lines) if lines else Alike("copy")


def _content(here: Context, path: str) -> bytes | None:
    file = media.stored_file(here.settings, path)
    return file.read_bytes() if file else None
