"""The people who work in the console: accounts, roles, passwords."""

from crm_core.staff import rules
from crm_core.staff.models import Staff
from crm_core.staff.rules import may
from crm_core.staff.service import (
    add,
    authenticate,
    by_email,
    by_id,
    change,
    change_password,
    listing,
    set_password,
)

__all__ = [
    "Staff",
    "add",
    "authenticate",
    "by_email",
    "by_id",
    "change",
    "change_password",
    "listing",
    "may",
    "rules",
    "set_password",
]
