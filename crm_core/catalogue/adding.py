"""A part that is new to the catalogue, and a category that is no longer wanted."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.catalogue import importing, queries
from crm_core.catalogue.models import Category, Part
from crm_core.catalogue.naming import models_in_name
from crm_core.catalogue.service import change_part
from crm_core.catalogue.text import plain_code
from crm_core.catalogue.types import PartView
from crm_core.db import lock_key
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.timeline import Actor


def add_part(
    session: Session, part_code: str, *, name: str, actor: Actor, **values: Any
) -> PartView:
    """Take up a part; ``values`` as for ``change_part``. What its name says it fits is stated.

    Raises InvalidInput ("part_change_invalid" with ``field``), Conflict ("part_code_taken" with
    part_code), NotFound ("category_not_found"). On a refusal nothing is kept.
    """
    code = plain_code(part_code)
    if not re.fullmatch(r"[A-Z0-9]{3,32}", code):
        raise InvalidInput("part_change_invalid", field="part_code")
    with session.begin_nested():
        lock_key(session, "catalogue")
        if session.scalar(select(Part.id).where(Part.part_code == code)) is not None:
            raise Conflict("part_code_taken", part_code=code)
        part = Part(part_code=code, name="", revision=importing.next_version(session))
        session.add(part)
        session.flush()
        change_part(session, code, actor, name=name, **values)
        named = models_in_name(queries.bike_table(), part.name)
        importing.add_fitments(session, [(part.id, one, "name") for one in named])
        session.expire(part)
        timeline.record(
            session, subject="part", subject_id=part.id, action="added", actor=actor,
            facts={"part_code": code},
        )  # fmt: skip
        return queries.view(queries.part_row(session, code))


def retire_category(session: Session, slug: str, *, actor: Actor) -> None:
    """Give up a category that nothing uses.

    Raises NotFound ("category_not_found"), Conflict ("category_in_use" with ``parts``: how many
    parts are in it; none means that a promotion or a margin names it).
    """
    row = session.scalars(select(Category).where(Category.slug == slug).with_for_update()).first()
    if row is None:
        raise NotFound("category_not_found", category=slug[:64])
    inside = select(func.count()).select_from(Part).where(Part.category_id == row.id)
    if count := session.scalar(inside):
        raise Conflict("category_in_use", parts=count)
    facts = {"slug": row.slug, "name": row.name_id}
    category_id = row.id
    try:
        with session.begin_nested():
            session.delete(row)
    except IntegrityError:
        raise Conflict("category_in_use", parts=0) from None
    timeline.record(
        session, subject="category", subject_id=category_id, action="retired", actor=actor,
        facts=facts,
    )  # fmt: skip
