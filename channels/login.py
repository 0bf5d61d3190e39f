"""Staff sessions: who is signed in, for how long, and what they may open.

A console view says with :func:`allows` what it takes to open it; one that says nothing opens for
nobody. Sessions end after two hours without a person doing anything, after twelve hours in any
case, and at once when the password changes or the account is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import abort, current_app, flash, make_response, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from channels import context
from channels.i18n import t
from crm_core import clock, staff
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from crm_core.staff import Staff

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"

manager = LoginManager()
View = TypeVar("View", bound=Callable[..., Any])


class SignedIn(UserMixin):
    """The member of staff of this request, as read from the database when it began."""

    def __init__(self, row: Staff) -> None:
        self.id = row.id
        self.name = row.name
        self.email = row.email
        self.role = row.role
        self._epoch = row.session_epoch

    def get_id(self) -> str:
        """What the cookie keeps: a session signed under an older epoch is over."""
        return f"{self.id}:{self._epoch}"

    def may(self, permission: str) -> bool:
        """Whether this person's role has ``permission``."""
        return staff.may(self.role, permission)


def install(app: Flask) -> None:
    """Let ``app`` know who is signed in."""
    manager.init_app(app)
    app.config.setdefault("PERMANENT_SESSION_LIFETIME", LONGEST)


@manager.user_loader  # type: ignore[untyped-decorator]
def load(kept: str) -> SignedIn | None:
    """The signed-in person of a session, or None if the session is over."""
    staff_id, _, epoch = kept.partition(":")
    if not (staff_id.isdigit() and epoch.isdigit()):
        return None
    with context.current().unit_of_work() as work:
        try:
            row = staff.by_id(work, int(staff_id))
        except NotFound:
            return None
        return SignedIn(row) if row.active and row.session_epoch == int(epoch) else None


def signed_in() -> SignedIn | None:
    """The signed-in person, or None."""
    person = current_user._get_current_object()
    return person if isinstance(person, SignedIn) else None


def me() -> SignedIn:
    """The signed-in person; only for views that let nobody else in."""
    person = signed_in()
    if person is None:
        abort(401)
    return person


def sign_in(row: Staff) -> None:
    """Begin a new session: nothing of the one before survives but the language."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    if language:
        session["language"] = language
    session["began"] = session["active"] = clock.now().timestamp()
    login_user(SignedIn(row))


def sign_out() -> None:
    """End this browser's session."""
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language


def allows(permission: str) -> Callable[[View], View]:
    """Say what opens a view: PUBLIC, SIGNED_IN or a permission of ``crm_core.staff.rules``."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def guard() -> ResponseReturnValue | None:
    """Before every console request: refuse who may not open it."""
    view = current_app.view_functions[request.endpoint or ""]
    permission = getattr(view, "permission", None)
    if permission == PUBLIC:
        return None
    if signed_in() is None:
        return to_login()
    if _is_over():
        sign_out()
        flash(t("console.login.session_over"), "info")
        return to_login()
    if permission is None or (permission != SIGNED_IN and not me().may(permission)):
        abort(403)
    return None


def _is_over() -> bool:
    """Whether the session has lasted too long; notes that somebody is active."""
    now = clock.now().timestamp()
    began, active = session.get("began", 0.0), session.get("active", 0.0)
    if now - active > IDLE.total_seconds() or now - began > LONGEST.total_seconds():
        return True
    # A screen that refreshes itself is not a person: only pages and changes keep a session alive.
    by_itself = request.method == "GET" and (
        "HX-Request" in request.headers or "text/event-stream" in request.headers.get("Accept", "")
    )
    if not by_itself and now - active > 60:
        session["active"] = now
    return False


def to_login() -> ResponseReturnValue:
    """To the login page and back afterwards; a fragment's page goes there as a whole."""
    if "HX-Request" in request.headers:
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("console.login")
        return answer
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", "text/html"):
        return redirect(url_for("console.login"), 303) if request.method != "GET" else ("", 401)
    return redirect(url_for("console.login", next=request.full_path.rstrip("?")), 303)


def safe_next(wanted: str | None, otherwise: str) -> str:
    """``wanted`` if it is a page of the console, so that nobody is led elsewhere by a link."""
    start = url_for("console.home")
    plain = (wanted or "").replace("\\", "/")
    inside = plain == start or plain.startswith((f"{start}/", f"{start}?"))
    return plain if inside and "//" not in plain and plain.isprintable() else otherwise
