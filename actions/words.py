"""The short texts an action needs inside a sentence: labels of choices, lines of a list, times.

They live in ``bot/domain`` like every other word and come with Rasa's call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date

from crm_core import clock, honorifics

_VARIABLE = re.compile(r"\{(\w+)\}")


class Words:
    """The domain's responses in one language."""

    def __init__(
        self,
        responses: Mapping[str, Sequence[Mapping[str, Any]]],
        language: str,
        honorific: str | None = None,
    ) -> None:
        self._responses = responses
        self.language = language
        self.forms = honorifics.forms(honorific)
        """How the customer is spoken to: fills ``{kak}`` and ``{kakak}`` in every sentence."""

    def addressing(self, honorific: str | None) -> Words:
        """The same words for a customer who is spoken to so."""
        return Words(self._responses, self.language, honorific)

    @property
    def responses(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The domain's responses as they came."""
        return self._responses

    def __contains__(self, response: str) -> bool:
        return response in self._responses

    def text(self, response: str, /, **variables: object) -> str:
        """``response`` with its variables filled in; KeyError if the domain lacks either."""
        return self._filled(self._wordings(response)[0], variables)

    def fresh(self, response: str, /, heard: Sequence[str], **variables: object) -> str | None:
        """The wording of ``response`` that was said longest ago; None if it has only one.

        ``heard`` is what the customer was told, the latest last.
        """
        wordings = self._wordings(response)
        if len(wordings) < 2:
            return None
        chosen = min(wordings, key=lambda wording: _last_place(wording, heard))
        return self._filled(chosen, variables)

    def label(self, name: str, /, **variables: object) -> str:
        """The text of the choice ``utter_label_<name>``."""
        return self.text(f"utter_label_{name}", **variables)

    def line(self, name: str, /, **variables: object) -> str:
        """The piece of a sentence ``utter_line_<name>``."""
        return self.text(f"utter_line_{name}", **variables)

    def moment(self, moment: datetime) -> str:
        """A time as said aloud in the shop: today, tomorrow or the day, on the shop's clock."""
        local = clock.local(moment)
        time = f"{local:%H.%M}" if self.language == "id" else f"{local:%H:%M}"
        days = (local.date() - clock.local_date(clock.now())).days
        if days == 0:
            return self.line("today", time=time)
        if days == 1:
            return self.line("tomorrow", time=time)
        return self.line("on_day", day=self.day(moment), time=time)

    def day(self, moment: datetime) -> str:
        """``Senin, 3 Maret`` / ``Monday, 3 March``; with the year when it is long ago or ahead."""
        local = clock.local(moment)
        far = abs(local - clock.local(clock.now())) > timedelta(days=180)
        pattern = "EEEE, d MMMM y" if far else "EEEE, d MMMM"
        return format_date(local.date(), pattern, locale="id" if self.language == "id" else "en")

    def _wordings(self, response: str) -> list[str]:
        """The texts of ``response`` in this language, else those without a condition."""
        plain, own = [], []
        for variation in self._responses[response]:
            conditions = variation.get("condition") or ()
            if not conditions:
                plain.append(str(variation["text"]))
            elif all(
                wanted.get("name") == "language" and wanted.get("value") == self.language
                for wanted in conditions
            ):
                own.append(str(variation["text"]))
        return own or plain

    def _filled(self, template: str, variables: Mapping[str, object]) -> str:
        values = {**self.forms, **variables}
        return _VARIABLE.sub(lambda found: str(values[found[1]]), template)


def _last_place(wording: str, heard: Sequence[str]) -> int:
    """Where ``wording`` was heard last, with whatever values; -1 if never."""
    fixed = _VARIABLE.split(wording)[::2]
    pattern = re.compile(".*".join(re.escape(piece) for piece in fixed), re.DOTALL)
    places = [place for place, text in enumerate(heard) if pattern.fullmatch(text)]
    return places[-1] if places else -1
