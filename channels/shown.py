"""How values look to people: money, times on the shop's clock, phones, the shop's own pages."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from flask import current_app, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from channels.i18n import language, t
from crm_core import clock
from crm_core.money import format_rupiah
from crm_core.phone import mask

if TYPE_CHECKING:
    from flask import Flask, Response

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_LOCALES = {"id": "id_ID", "en": "en_GB"}


def _locale() -> str:
    return _LOCALES[language()]


def hour(moment: datetime | None) -> str:
    """``14:05`` in Pontianak; empty for no time."""
    return "" if moment is None else format_time(clock.local(moment), "HH:mm", locale="en_GB")


def day(moment: datetime | date | None) -> str:
    """``Sabtu, 21 November`` with today and yesterday by name, and the year if it is another."""
    if moment is None:
        return ""
    the_day = clock.local_date(moment) if isinstance(moment, datetime) else moment
    today = clock.local_date(clock.now())
    if the_day == today:
        return t("console.time.today")
    if the_day == today - timedelta(days=1):
        return t("console.time.yesterday")
    pattern = "EEEE, d MMMM" if the_day.year == today.year else "d MMMM y"
    return str(format_date(the_day, pattern, locale=_locale()))


def long_day(moment: datetime) -> str:
    """``Sabtu, 21 November 2026``."""
    return str(format_date(clock.local_date(moment), "EEEE, d MMMM y", locale=_locale()))


def on(moment: datetime) -> str:
    """``21 Nov 2026``."""
    return str(format_date(clock.local_date(moment), "d MMM y", locale=_locale()))


def when(moment: datetime | None) -> str:
    """Short: ``14:05`` today, ``Kemarin`` or ``12 Nov`` before."""
    if moment is None:
        return ""
    the_day, today = clock.local_date(moment), clock.local_date(clock.now())
    if the_day == today:
        return hour(moment)
    if the_day == today - timedelta(days=1):
        return t("console.time.yesterday")
    pattern = "d MMM" if the_day.year == today.year else "d MMM y"
    return str(format_date(the_day, pattern, locale=_locale()))


def moment(at: datetime | None) -> str:
    """Whole: ``Hari ini 14:05``, ``21 Nov 2026 14:05``."""
    if at is None:
        return ""
    the_day, today = clock.local_date(at), clock.local_date(clock.now())
    if abs((today - the_day).days) <= 1 and the_day <= today:
        return f"{day(at)} {hour(at)}"
    return f"{format_date(the_day, 'd MMM y', locale=_locale())} {hour(at)}"


def until(at: datetime | None) -> str:
    """A time to come, short: ``14:05`` today, ``Sen 08:15`` this week, ``12 Des 08:15`` later."""
    if at is None:
        return ""
    ahead = (clock.local_date(at) - clock.local_date(clock.now())).days
    if ahead == 0:
        return hour(at)
    pattern = "EEE" if 0 < ahead < 7 else "d MMM"
    return f"{format_date(clock.local_date(at), pattern, locale=_locale())} {hour(at)}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: ``8 mnt``, ``3 jam``, ``2 hari``."""
    seconds = max(0, int(abs(length).total_seconds()))
    if seconds < 60:
        return t("console.time.now")
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return t(f"console.time.{unit}", count=seconds // size)
    return ""


def since(moment: datetime | None) -> str:
    """How long ago that was."""
    return "" if moment is None else span(clock.now() - moment)


def rupiah(amount: int | None) -> str:
    """``Rp 150.000``; a dash for no amount."""
    return "–" if amount is None else format_rupiah(amount)


def number(amount: int | None) -> str:
    """``1.250`` as Indonesians write it, ``1,250`` in English."""
    return "–" if amount is None else str(format_decimal(amount, locale=_locale()))


def percent(per_mille: int | None) -> str:
    """``91,2 %`` as Indonesians write it, ``91.2%`` in English; a dash for none."""
    if per_mille is None:
        return "–"
    whole, tenth = divmod(per_mille, 10)
    return f"{whole},{tenth}\N{NO-BREAK SPACE}%" if language() == "id" else f"{whole}.{tenth}%"


def weight(grams: int | None) -> str:
    """``850 g`` or ``1,2 kg``."""
    if grams is None:
        return "–"
    if grams < 1000:
        return f"{grams} g"
    # Tenths of a kilogram by whole numbers, rounded up as the courier does.
    tenths = -(-grams // 100)
    mark = "," if language() == "id" else "."
    return f"{tenths // 10}{mark}{tenths % 10} kg" if tenths % 10 else f"{tenths // 10} kg"


def masked(phone: str | None) -> str:
    """A phone number that cannot be called."""
    return mask(phone) if phone else "–"


def initials(name: str | None) -> str:
    """One or two letters for an avatar."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


def markdown(body: str) -> Markup:
    """A page of the shop as HTML. Raw HTML in it is shown as text, never run."""
    return Markup(_markdown.render(body))  # noqa: S704 - markdown-it escapes with html off


@cache
def _stamp(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"


def asset(name: str) -> str:
    """The address of a static file, which changes with the file, so that it may be kept long."""
    folder = Path(current_app.static_folder or "")
    stamp = _stamp.__wrapped__ if current_app.debug else _stamp
    return url_for("static", filename=name, v=stamp(folder / name))


def _keep_long(answer: Response) -> Response:
    """A file asked for by its stamp never changes: a browser need not ask again."""
    if request.endpoint == "static" and "v" in request.args and answer.status_code == 200:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


FILTERS = (
    hour, day, long_day, on, when, moment, until, span, since, rupiah, number, percent, weight,
    masked, initials, markdown,
)  # fmt: skip


def install(app: Flask) -> None:
    """Give templates the filters and ``asset``."""
    for filter_ in FILTERS:
        app.add_template_filter(filter_, filter_.__name__)
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep_long)
    app.context_processor(lambda: {"now": clock.now()})
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
