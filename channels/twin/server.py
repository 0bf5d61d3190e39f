"""The twin itself: which request goes where, and what tests and drills may ask of it."""

from __future__ import annotations

import base64
import random
import time

from channels.twin import control, forms, posting
from channels.twin.api import NOT_FOUND, Contents, Messages, refused
from channels.twin.faults import Kind, Plan, Trouble
from channels.twin.http import Answer, HttpServer, Request
from channels.twin.ledger import Ledger, Sent, new_sid
from channels.twin.limits import Refusal
from channels.twin.posting import Later, Reports

ACCOUNT = "AC" + "5" * 32
TOKEN = "the-auth-token-of-the-twin"  # noqa: S105 - it opens nothing but this twin
WHATSAPP, SMS = "whatsapp:+15550100200", "+15550100300"


class Twin(HttpServer):
    """Twilio for one account. ``shop_url`` is where incoming messages are posted.

    ``keeps_windows`` False: free text reaches WhatsApp at any time. ``public_url``: the address
    that the shop thinks it has, if not ``shop_url``; signatures are made over it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        account: str = ACCOUNT,
        token: str = TOKEN,
        senders: tuple[str, str] = (WHATSAPP, SMS),
        shop_url: str = "",
        public_url: str = "",
        keeps_windows: bool = True,
        seed: int = 1,
        address: str = "127.0.0.1",
    ) -> None:
        self.account, self.token = account, token
        self.whatsapp, self.sms = senders
        self.shop_url, self.public_url = shop_url, public_url or shop_url
        self.book = Ledger(keeps_windows=keeps_windows)
        self.troubles = Plan(seed)
        self.reports = Reports()
        self.media_requests: list[tuple[str, str | None]] = []
        self.redirect_to: str | None = None
        self._chance = random.Random(seed)  # noqa: S311 - not a secret
        self._later = Later()
        self._messages = Messages(self.book, account, frozenset(senders))
        self._contents = Contents(self.book, account, lambda: self.url)
        super().__init__(port, address)

    def stop(self) -> None:
        """Take no more requests and report nothing more."""
        self._later.stop()
        super().stop()

    def answer(self, request: Request) -> Answer:
        """Route: control, stored files, then what needs the account's credentials."""
        path = request.path
        if path.startswith("/twin"):
            return control.answer(self, request)
        if path.startswith("/store/"):
            return self._file(request)
        if not self._authorised(request):
            return refused(Refusal(20003, "Authenticate", 401))
        messages = f"/2010-04-01/Accounts/{self.account}/Messages"
        if path == f"{messages}.json":
            return self._create(request) if request.method == "POST" else self._list(request)
        if path.startswith(f"{messages}/"):
            return self._message(request, path.removeprefix(f"{messages}/"))
        if path == "/v1/Content" or path.startswith("/v1/Content/"):
            return self._content(request, path.removeprefix("/v1/Content").lstrip("/"))
        return NOT_FOUND

    # What tests and drills use directly; over HTTP the same is below /twin.

    @property
    def ledger(self) -> list[Sent]:
        """Every message accepted, oldest first."""
        return self.book.sent

    @property
    def attempts(self) -> list[dict[str, str]]:
        """The parameters of every POST of a message, refused ones too."""
        return self.book.attempts

    @property
    def media(self) -> dict[str, tuple[bytes, str]]:
        """Files by name: bytes and content type."""
        return self.book.media

    def bodies_to(self, address: str) -> list[str]:
        """What the customer at ``address`` got to see, in order; failed messages are not seen."""
        return [sent.shown for sent in self.sent_to(address) if sent.error_code is None]

    def sent_to(self, address: str) -> list[Sent]:
        """All messages accepted for ``address``."""
        with self.book.lock:
            return [sent for sent in self.book.sent if sent.to == address]

    def add_media(self, content: bytes, kind: str = "image/jpeg") -> str:
        """Keep a file; returns its MediaUrl."""
        name = new_sid("ME")
        self.book.media[name] = (content, kind)
        message = new_sid("MM")
        return f"{self.url}/2010-04-01/Accounts/{self.account}/Messages/{message}/Media/{name}"

    def inbound_form(self, sender: str, body: str = "", **more: str) -> dict[str, str]:
        """A customer's message as it will be posted; it opens the window and obeys STOP."""
        to = self.whatsapp if sender.startswith("whatsapp:") else self.sms
        acted = self.book.hear(sender, body)
        more = ({"OptOutType": acted} if acted else {}) | more
        return forms.inbound(self.account, to, sender, body, more)

    def tap(self, sent: Sent, place: int = 0) -> dict[str, str]:
        """The form of a tap on a button or row (from 0) of a message that was delivered."""
        more = forms.tapped(sent, place)
        return self.inbound_form(sent.to, more.pop("Body"), **more)

    def deliver(self, form: dict[str, str], *, times: int = 1, retries: int = 0) -> list[int]:
        """Post an incoming message to the shop ``times`` times; each answer's HTTP status.

        After a 5xx or no answer the same form is posted again, up to ``retries`` times.
        """
        codes = []
        for _ in range(times):
            for _attempt in range(retries + 1):
                codes.append(self._post("/twilio/messages", form))
                if 0 < codes[-1] < 500:
                    break
        return codes

    def call_back(self, sent: Sent, status: str, error_code: str | None = None) -> int:
        """Report ``status`` of a message; returns the shop's HTTP status, 0 without an answer."""
        sent.status = status
        return self.report(sent, status, error_code)

    def report(self, sent: Sent, status: str, error_code: str | None = None) -> int:
        """Post a report, true or not, without changing what the ledger says."""
        if sent.status_callback is None:
            return 0
        form = forms.report(self.account, sent, status, error_code)
        url = sent.status_callback
        if self.shop_url and self.public_url and url.startswith(self.public_url):
            reached = self.shop_url + url.removeprefix(self.public_url)
            return posting.post(reached, form, self.token, url)
        return posting.post(url, form, self.token)

    def _post(self, path: str, form: dict[str, str]) -> int:
        return posting.post(self.shop_url + path, form, self.token, self.public_url + path)

    def _authorised(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {expected}"

    def _create(self, request: Request) -> Answer:
        form = request.form
        trouble = self.troubles.next("create", form.get("To"))
        if trouble is not None:
            time.sleep(trouble.delay_s)
        with self.book.lock:
            self.book.attempts.append(form)
            made = self._messages.prepared(form)
            if isinstance(made, Refusal):
                return refused(made) if trouble is None else _troubled(trouble)
            if trouble is None or trouble.accepted:
                self.book.sent.append(made)
        if trouble is None or trouble.accepted:
            self._announce(made)
        return self._messages.answer(made) if trouble is None else _troubled(trouble, made, self)

    def accepted(self, sent: Sent) -> Answer:
        """The answer to a message that was taken."""
        return self._messages.answer(sent)

    def _announce(self, sent: Sent) -> None:
        """Reports follow by themselves if :attr:`reports` says so; a failure is one."""
        if not self.reports.statuses:
            return
        if sent.error_code is not None:
            code = str(sent.error_code)
            self._later.at(self.reports.delay_s, lambda: self.call_back(sent, "failed", code))
            return
        for seconds, word in self.reports.timetable(self._chance):
            self._later.at(seconds, lambda word=word: self.call_back(sent, word))  # type: ignore[misc]

    def _list(self, request: Request) -> Answer:
        return self._troubled_or("list", request) or self._messages.listed(request)

    def _message(self, request: Request, rest: str) -> Answer:
        if "/Media/" in rest:
            trouble = self._troubled_or("media", request)
            authorization = request.headers.get("authorization")
            self.media_requests.append((request.path, authorization))
            if request.method == "DELETE":
                return Answer(204 if self.book.media.pop(_last(rest), None) else 404)
            target = self.redirect_to or f"{self.url}/store/{_last(rest)}"
            return trouble or Answer(307, headers={"Location": target})
        trouble = self._troubled_or("fetch", request)
        return trouble or self._messages.one(request, rest.removesuffix(".json"))

    def _content(self, request: Request, rest: str) -> Answer:
        trouble = self.troubles.next("content")
        if trouble is not None:
            time.sleep(trouble.delay_s)
            if trouble.status != 200:
                if trouble.accepted and request.method == "POST" and not rest:
                    self._contents.create(request)
                return _troubled(trouble)
        if rest:
            return self._contents.one(request, rest)
        posted = request.method == "POST"
        return self._contents.create(request) if posted else self._contents.listed(request)

    def _troubled_or(self, on: Kind, request: Request) -> Answer | None:
        trouble = self.troubles.next(on, request.query.get("To"))
        if trouble is None:
            return None
        time.sleep(trouble.delay_s)
        return None if trouble.status == 200 else _troubled(trouble)

    def _file(self, request: Request) -> Answer:
        self.media_requests.append((request.path, request.headers.get("authorization")))
        content, kind = self.book.media.get(_last(request.path), (b"", ""))
        return Answer(200 if kind else 404, content, kind or "text/plain")


def _troubled(trouble: Trouble, made: Sent | None = None, twin: Twin | None = None) -> Answer:
    if trouble.status is None:
        return Answer(None)
    if trouble.status == 200 and made is not None and twin is not None:
        return twin.accepted(made)
    return refused(Refusal(trouble.code, "Injected.", trouble.status))


def _last(path: str) -> str:
    return path.rpartition("/")[2]
