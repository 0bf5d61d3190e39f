"""Everything the core refuses, as one small tree.

::

    CrmError
    ├── NotFound         there is no such thing, or it is not theirs to see
    ├── InvalidInput     the value cannot be used, whatever the state of the shop
    ├── NotAllowed       this actor may not do that
    ├── Conflict         right in itself, but not in the present state
    └── ExternalError    another program failed us
        ├── Unavailable  it could not be reached or did not answer: worth trying again
        └── Rejected     it answered no: trying again changes nothing

An edge translates ``code`` once: to a sentence for a customer, a status for a program. ``facts``
are what that sentence may name (JSON values only); no other text of an error reaches anyone.
"""

from __future__ import annotations

from typing import Any


class CrmError(Exception):
    """A refusal with a snake_case ``code`` and JSON-able ``facts``."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        shown = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"{code} ({shown})" if shown else code)


class NotFound(CrmError):  # noqa: N818 - reads as the refusal it is: raise NotFound("part_not_found")
    """There is no such thing, or it belongs to somebody else."""


class InvalidInput(CrmError):  # noqa: N818
    """The value cannot be used, whatever the state of the shop."""


class NotAllowed(CrmError):  # noqa: N818
    """This actor may not do that."""


class Conflict(CrmError):  # noqa: N818
    """Right in itself, but not in the present state."""


class ExternalError(CrmError):
    """Another program failed us."""


class Unavailable(ExternalError):  # noqa: N818
    """It could not be reached or did not answer; trying again may help."""


class Rejected(ExternalError):  # noqa: N818
    """It answered no; trying again changes nothing."""
