"""Signing in and out, the own password, the language of the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from channels import context, faces, i18n, login
from channels.console.frame import blueprint, done, sentence, work
from channels.i18n import t
from channels.login import PUBLIC, SIGNED_IN, allows
from channels.security import limiter
from crm_core import staff
from crm_core.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _who() -> str:
    """The account that is tried, so that one guessed from many addresses is slowed as well."""
    return f"login:{request.form.get('email', '').strip().lower()[:254]}"


@blueprint.route("/login", endpoint="login", methods=["GET", "POST"])
@allows(PUBLIC)
@limiter.limit("20/minute;200/day", methods=["POST"])
@limiter.limit("10/minute;60/hour", key_func=_who, methods=["POST"])
def login_page() -> ResponseReturnValue:
    """The login form, and what it sends."""
    onward = login.safe_next(request.values.get("next"), url_for("console.home"))
    if request.method == "GET":
        if login.signed_in():
            return redirect(onward, 303)
        return render_template("console/login.html", onward=onward)
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        with work() as session:
            row = staff.authenticate(session, email=email, password=password[:1024])
    except NotAllowed as error:
        text = sentence(error)
        return render_template(
            "console/login.html", onward=onward, email=email[:254], wrong=text
        ), 401
    login.sign_in(row)
    return redirect(onward, 303)


@blueprint.post("/logout")
@allows(SIGNED_IN)
def logout() -> ResponseReturnValue:
    """End this session."""
    login.sign_out()
    flash(t("console.login.signed_out"), "info")
    return redirect(url_for("console.login"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@allows(SIGNED_IN)
@limiter.limit("10/minute;60/hour", methods=["POST"])
def password() -> ResponseReturnValue:
    """Change the own password; every other session of the account ends."""
    if request.method == "GET":
        shown = faces.url_of(context.current().settings, login.me().id)
        return render_template("console/password.html", face=shown)
    new = request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise InvalidInput("passwords_differ")
        with work() as session:
            row = staff.by_id(session, login.me().id)
            staff.change_password(session, row, old=request.form.get("old", "")[:1024], new=new)
    except NotAllowed:
        return render_template("console/password.html", wrong=t("errors.old_password_wrong")), 422
    except InvalidInput as error:
        return render_template("console/password.html", wrong=sentence(error)), 422
    login.sign_in(row)
    return done(t("console.password.changed"), "console.home")


@blueprint.post("/face")
@allows(SIGNED_IN)
@limiter.limit("10/minute")
def face() -> ResponseReturnValue:
    """The own face, as customers see it in the web chat: another photo, or none any more."""
    settings, mine = context.current().settings, login.me().id
    sent = request.files.get("photo")
    if request.form.get("remove"):
        faces.remove(settings, mine)
        return done(t("console.face.removed"), "console.password")
    try:
        faces.keep(settings, mine, sent.read() if sent is not None else b"")
    except InvalidInput as error:
        flash(sentence(error), "error")
        return redirect(url_for("console.password"), 303)
    return done(t("console.face.saved"), "console.password")


@blueprint.post("/language")
@allows(PUBLIC)
def language() -> ResponseReturnValue:
    """Speak another language from here on."""
    i18n.choose(request.form.get("language", ""))
    return redirect(login.safe_next(request.form.get("next"), url_for("console.home")), 303)
