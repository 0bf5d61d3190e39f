"""Accounts of the people who work in the console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.staff.models import Staff
from crm_core.staff.rules import ROLES, check_password
from crm_core.timeline import Actor

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id at the strength OWASP's password storage sheet names first (19 MiB, 2 passes)."""


def add(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    actor: Actor | None = None,
) -> Staff:
    """Make an account.

    Raises InvalidInput ("email_invalid", "name_missing", "role_unknown", "password_weak") and
    Conflict("email_taken").
    """
    email = _clean_email(email)
    if not name.strip():
        raise InvalidInput("name_missing")
    if role not in ROLES:
        raise InvalidInput("role_unknown", roles=list(ROLES))
    check_password(password, email=email)
    values = {
        "email": email,
        "name": name.strip(),
        "role": role,
        "password_hash": _hasher.hash(password),
        "active": True,
        "session_epoch": 0,
        "created_at": clock.now(),
    }
    query = insert(Staff).values(values).on_conflict_do_nothing(index_elements=["email"])
    staff = session.scalars(query.returning(Staff)).one_or_none()
    if staff is None:
        raise Conflict("email_taken", email=email)
    _record(session, staff, "added", actor, role=role)
    return staff


def authenticate(session: Session, *, email: str, password: str) -> Staff:
    """The active member of staff with this e-mail and password, else NotAllowed("bad_login").

    An unknown e-mail, a wrong password and a closed account cost the same time and say the same.
    """
    staff = session.scalars(select(Staff).where(Staff.email == email.strip().lower())).first()
    known = staff.password_hash if staff is not None else _nobodys_hash()
    right = _is_right(known, password)
    if staff is None or not right or not staff.active:
        raise NotAllowed("bad_login")
    if _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = _hasher.hash(password)
    return staff


def change_password(session: Session, staff: Staff, *, old: str, new: str) -> None:
    """Replace one's own password and end all other sessions of the account.

    Raises NotAllowed("bad_login") if ``old`` is not the present one, InvalidInput
    ("password_weak") for the new.
    """
    authenticate(session, email=staff.email, password=old)
    set_password(session, staff, new, actor=Actor.of_staff(staff))


def set_password(session: Session, staff: Staff, new: str, *, actor: Actor | None = None) -> None:
    """Replace a password without knowing the old one (an admin, the command line)."""
    check_password(new, email=staff.email)
    staff.password_hash = _hasher.hash(new)
    staff.session_epoch += 1
    _record(session, staff, "password_changed", actor)


def change(
    session: Session,
    staff: Staff,
    *,
    actor: Actor,
    name: str | None = None,
    role: str | None = None,
    active: bool | None = None,
) -> Staff:
    """Change what is given. Raises InvalidInput, and Conflict("last_admin") for the last one."""
    admins = set(
        session.scalars(
            select(Staff.id)
            .where(Staff.role == "admin", Staff.active)
            .order_by(Staff.id)
            .with_for_update()
        )
    )
    if role is not None and role not in ROLES:
        raise InvalidInput("role_unknown", roles=list(ROLES))
    if name is not None and not name.strip():
        raise InvalidInput("name_missing")
    stays_admin = (role or staff.role) == "admin" and (staff.active if active is None else active)
    if admins == {staff.id} and not stays_admin:
        raise Conflict("last_admin")
    staff.name = name.strip() if name is not None else staff.name
    staff.role = role or staff.role
    if active is not None and active != staff.active:
        staff.active = active
        staff.session_epoch += 1
    session.flush()
    _record(session, staff, "changed", actor, role=staff.role, active=staff.active)
    return staff


def by_id(session: Session, staff_id: int) -> Staff:
    """The member of staff, also a former one; NotFound("staff_not_found")."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound("staff_not_found")
    return staff


def by_email(session: Session, email: str) -> Staff:
    """The member of staff with this e-mail; NotFound("staff_not_found")."""
    staff = session.scalars(select(Staff).where(Staff.email == email.strip().lower())).first()
    if staff is None:
        raise NotFound("staff_not_found")
    return staff


def listing(session: Session, *, active_only: bool = False) -> Sequence[Staff]:
    """All accounts by name."""
    query = select(Staff).order_by(Staff.name, Staff.id)
    return session.scalars(query.where(Staff.active) if active_only else query).all()


def _clean_email(email: str) -> str:
    cleaned = email.strip().lower()
    if len(cleaned) > 254 or not _EMAIL.fullmatch(cleaned):
        raise InvalidInput("email_invalid")
    return cleaned


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return bool(_hasher.verify(password_hash, password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("the account that nobody has")


def _record(
    session: Session, staff: Staff, action: str, actor: Actor | None, **facts: object
) -> None:
    timeline.record(
        session,
        subject="staff",
        subject_id=staff.id,
        action=action,
        actor=actor or Actor.system("command line"),
        facts=facts,
    )
