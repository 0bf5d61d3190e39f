"""What every request passes: request id, size limits, headers, CSRF, signatures and tokens."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer
from twilio.request_validator import RequestValidator
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from crm_core.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_core.settings import Settings

MAX_BODY_BYTES = 12 * 1024 * 1024
"""A photo of 10 MB and its form around it."""
MAX_FORM_BYTES = 512 * 1024
"""For everything that is not an upload and not an import through the API."""
MAX_FORM_PARTS = 200
VISITOR_DAYS = 180

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, headers_enabled=True, swallow_errors=True)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {framers}"
)


def install(app: Flask, settings: Settings) -> None:
    """Give ``app`` its limits, its headers, CSRF protection and rate limits."""
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=_secret(settings),
        PUBLIC_URL=settings.public_url,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-sapa" if secure else "sapa",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # A screen that refreshes itself while a form is sent would put the cookie of before in
        # place of the form's answer, and with it what that had to say.
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_STORAGE_OPTIONS=(
            {"socket_connect_timeout": 1, "socket_timeout": 1} if settings.redis_url else {}
        ),
    )
    if hops := settings.proxy_hops:  # else every caller would share the proxy's rate limit
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_begin)
    app.after_request(_headers)
    app.context_processor(lambda: {"csp_nonce": csp_nonce})


def _secret(settings: Settings) -> str:
    if settings.secret_key is None:
        raise RuntimeError("a secret key is needed: read the settings by Settings.load()")
    return settings.secret_key.get_secret_value()


def csp_nonce() -> str:
    """The nonce that an inline script or style of this answer must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def let_frame(sites: Sequence[str]) -> None:
    """Let this answer be shown in a frame by our own pages and by ``sites`` (origins)."""
    g.framers = " ".join(["'self'", *sites])


def refuse_foreign_origin(public_url: str) -> None:
    """Refuse a request that a browser sends for a page which is not ours.

    A request without an Origin comes from no page, or asks for nothing that a page may not see.
    Raises NotAllowed ``foreign_origin``.
    """
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise NotAllowed("foreign_origin")


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    _limit_form()


def _limit_form() -> None:
    """Flask limits the parts of multipart forms only; a plain form could have any number."""
    if request.mimetype == "multipart/form-data" or request.path.startswith("/api/"):
        return
    request.max_content_length = MAX_FORM_BYTES
    if request.mimetype == "application/x-www-form-urlencoded":
        fields = request.get_data(cache=True, parse_form_data=False).count(b"&")
        if fields >= MAX_FORM_PARTS:
            raise RequestEntityTooLarge


def _headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-ID"] = g.get("request_id", "")
    framers = g.get("framers", "'none'")
    policy = _POLICY.format(nonce=csp_nonce(), framers=framers)
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if framers == "'none'":  # that header cannot name sites; the policy can
        headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def check_twilio(settings: Settings) -> None:
    """Refuse a request that Twilio did not sign for this account.

    The address is the configured public one: behind a proxy the request's own is not what Twilio
    called. Every posted field counts, blank ones and unknown ones too.
    Raises NotAllowed ``bad_signature`` or ``other_account``.
    """
    token = settings.twilio_auth_token
    signature = request.headers.get("X-Twilio-Signature", "")
    query = request.query_string.decode("latin-1")
    url = settings.public_url + request.path + (f"?{query}" if query else "")
    validator = RequestValidator(token.get_secret_value() if token else "")
    if not token or not signature or not validator.validate(url, request.form, signature):
        raise NotAllowed("bad_signature")
    if request.form.get("AccountSid") != settings.twilio_account_sid:
        raise NotAllowed("other_account")


def _visitors() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="webchat-visitor")


def new_visitor() -> tuple[str, str]:
    """A new web visitor: (id of 128 random bits, the token that proves it)."""
    visitor = secrets.token_hex(16)
    return visitor, visitor_token(visitor)


def visitor_token(visitor: str) -> str:
    """A token that proves ``visitor`` to the web chat."""
    return str(_visitors().dumps(visitor))


def read_visitor(token: str) -> str:
    """The visitor that ``token`` proves; raises NotAllowed ``visitor_unknown``."""
    try:
        visitor = _visitors().loads(token, max_age=VISITOR_DAYS * 86_400)
    except BadSignature:
        raise NotAllowed("visitor_unknown") from None
    if not isinstance(visitor, str) or not re.fullmatch(r"[0-9a-f]{32}", visitor):
        raise NotAllowed("visitor_unknown")
    return visitor
