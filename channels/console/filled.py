"""A form as it was filled in: read field by field, every refusal kept beside its own field."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from channels.console.frame import sentence
from channels.i18n import has, t
from crm_core import clock
from crm_core.errors import CrmError, InvalidInput
from crm_core.money import Rupiah

if TYPE_CHECKING:
    from collections.abc import Mapping

EARLIEST, LATEST = 2000, 2100
"""The years that a moment of this shop can lie in; another one was mistyped."""
MOST_DIGITS = 15


class Filled:
    """What was ``typed`` and what is ``wrong`` with it: field -> sentence in the reader's words."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self.typed = typed
        self.wrong: dict[str, str] = {}

    def said(self, field: str, known: object = "") -> str:
        """What stands in ``field``: what was typed, or what is ``known`` if nobody typed."""
        return self.typed.get(field, "") if self.typed else str(known)

    def ticked(self, field: str, value: object, known: bool = False) -> bool:
        """Whether ``value`` is chosen in ``field``; in a form that nobody touched, if ``known``."""
        if not self.typed:
            return known
        several = getattr(self.typed, "getlist", None)
        return str(value) in (several(field) if several else [self.typed.get(field)])

    def text(self, field: str, *, most: int, needed: bool = False) -> str:
        """One line of text, at most ``most`` signs, nothing that cannot be seen in it."""
        said = self.typed.get(field, "").strip()
        if needed and not said:
            self._no(field, "needed")
        elif len(said) > most:
            self._no(field, "too_long", most=most)
        elif not said.isprintable():
            self._no(field, "unseen")
        return said

    def choice(self, field: str, known: tuple[str, ...]) -> str | None:
        """One of ``known``, or None for nothing chosen."""
        said = self.typed.get(field, "")
        if said and said not in known:
            self._no(field, "unknown")
        return said or None

    def money(self, field: str, *, needed: bool = False) -> Rupiah | None:
        """An amount as people type it ("150rb", "Rp 150.000"), None for an empty field."""
        said = self.typed.get(field, "").strip()
        if not said:
            if needed:
                self._no(field, "needed")
            return None
        try:
            return Rupiah.parse(said)
        except InvalidInput as error:
            self.refused(field, error)
            return None

    def whole(self, field: str, *, needed: bool = False) -> int | None:
        """A whole number without a sign, dots between thousands allowed; None for empty."""
        said = self.typed.get(field, "").strip()
        if not said:
            if needed:
                self._no(field, "needed")
            return None
        plain = said.replace(".", "")
        if not (plain.isascii() and plain.isdigit() and len(plain) <= MOST_DIGITS):
            self._no(field, "not_whole")
            return None
        return int(plain)

    def moment(self, field: str) -> datetime | None:
        """A day and time on the shop's clock, as a browser's field sends it; always needed."""
        try:
            said = datetime.fromisoformat(self.typed.get(field, "").strip())
        except ValueError:
            self._no(field, "not_a_time")
            return None
        if said.tzinfo is not None or not EARLIEST <= said.year <= LATEST:
            self._no(field, "not_a_time")
            return None
        return said.replace(tzinfo=clock.ZONE)

    def refused(self, field: str, error: CrmError) -> None:
        """Keep the core's refusal beside ``field``, in the words for that field if there are any.

        The first refusal of a field stays: what follows from it helps nobody.
        """
        name = f"forms.{error.code}.{error.facts.get('field', field)}"
        self.wrong.setdefault(field, t(name, **error.facts) if has(name) else sentence(error))

    def _no(self, field: str, why: str, **facts: object) -> None:
        self.wrong.setdefault(field, t(f"forms.field.{why}", **facts))
