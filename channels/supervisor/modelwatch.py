"""Lets Rasa load a model that has taken the place of the one it has, while turns wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from channels.supervisor import assistant
from channels.supervisor.keeper import Keeper
from crm_core.settings import Settings

LET_FINISH_S = 3.0
"""No turn begins any more; those that have begun end in this time."""
LONGEST_S = 240.0
"""After this, turns are tried again and fail in the usual way: customers are told."""


class ModelWatch:
    """Call :meth:`look` again and again, after the keeper's. ``clock`` gives growing seconds."""

    def __init__(
        self,
        settings: Settings,
        keeper: Keeper,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._keeper = keeper
        self._say = say
        self._clock = clock
        self._mark = assistant.loading_mark(settings)
        self._mark.unlink(missing_ok=True)  # left by a start that was killed
        self._known = assistant.model_identity(settings)
        self._noticed_at: float | None = None
        self._renewed = False

    def look(self) -> None:
        """Notice another model; then let turns wait, renew Rasa, and let them go on."""
        found = assistant.model_identity(self._settings)
        now = self._clock()
        if found is not None and found != self._known:
            self._known, self._noticed_at, self._renewed = found, now, False
            self._say("the assistant has learned: Rasa is loading the new model")
        if self._noticed_at is None:
            return
        if now - self._noticed_at > LONGEST_S:
            self._end()
            return
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        if not self._renewed and now - self._noticed_at >= LET_FINISH_S:
            self._keeper.renew("rasa")
            self._renewed = True
        elif self._renewed and self._keeper.is_up("rasa"):
            self._end()

    def _end(self) -> None:
        self._noticed_at = None
        self._mark.unlink(missing_ok=True)
