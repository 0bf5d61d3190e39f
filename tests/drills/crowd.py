"""Customers of a drill: phones that write through signed webhooks and read what the twin shows."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from channels.twin import Sent
from channels.twin.posting import post
from crm_core import notices
from tests.drills.stage import PUBLIC, Stage, wait_for

T = TypeVar("T")

WISH = "mau 1 kampas rem depan beat 2019"
GO_ON = "lanjut pesan"
DISTRICT = "Pontianak Selatan"
ADDRESS = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan"
MOBILE = "0812 3456 7890"
YES = "ya, pesankan"
CODE = re.compile(r"P-[2-9A-HJ-NP-Z]{5}")
ASIDES = ("bot_unavailable", "handoff_after_failure")
RETRIES = 5
"""As Twilio does with ``rc=5&rp=all``: so often it posts a webhook again that was not taken."""


def is_aside(text: str) -> bool:
    """Whether a text is one that the shop says when it cannot answer."""
    return any(notices.pattern(name).fullmatch(text) for name in ASIDES)


@dataclass
class Post:
    """One webhook and what each attempt was answered with; 0: no answer."""

    form: dict[str, str]
    codes: list[int] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Whether the shop has said that it has it."""
        return any(200 <= code < 300 for code in self.codes)


class Phone:
    """One customer on WhatsApp (or SMS)."""

    def __init__(self, crowd: Crowd, number: str, channel: str = "whatsapp") -> None:
        self.crowd, self.number = crowd, number
        self.address = f"whatsapp:{number}" if channel == "whatsapp" else number
        self.channel_address = self.address if channel == "whatsapp" else f"sms:{number}"
        self.heard = 0

    def inbox(self) -> list[str]:
        """Everything that the customer sees."""
        return self.crowd.shown_to(self.address)

    def sends(self, text: str = "", **more: str) -> Post:
        """Write without waiting for the reply."""
        return self.crowd.post(self.crowd.stage.twin.inbound_form(self.address, text, **more))

    def hears(self, limit_s: float = 60.0) -> str:
        """What comes next, without the asides."""
        wait_for(lambda: len(self._news()) > 0, f"a reply to {self.number}", limit_s)
        news = self._news()
        self.heard = len(self.inbox())
        return "\n".join(news)

    def says(self, text: str, limit_s: float = 60.0) -> str:
        """Write and read the reply."""
        self.heard = len(self.inbox())
        self.sends(text)
        return self.hears(limit_s)

    def to_summary(self) -> None:
        """Everything but the yes that makes an order."""
        for text, expected in ((WISH, "eranjang"), (GO_ON, "Kirim ke mana"), (ADDRESS, "Total Rp")):
            reply = self.says(text)
            if expected not in reply:
                raise AssertionError(f"{text!r} was answered with {reply!r}")

    def buys(self, limit_s: float = 240.0) -> str | None:
        """Order whatever happens on the way; the order's code, or None: a person was promised."""
        until, text = time.monotonic() + limit_s, WISH
        while time.monotonic() < until:
            self.heard = len(self.inbox())
            self.sends(text)
            reply = self._patient(until)
            if reply is None:
                return None
            code = CODE.search(reply)
            if code:
                return code[0]
            text = _next(reply, text)
        raise AssertionError(f"{self.number} could not order within {limit_s:.0f} s")

    def _patient(self, until: float) -> str | None:
        """The next real reply. After a long silence "" (say it again); None: a person comes."""
        limit = min(until, time.monotonic() + 100)
        while time.monotonic() < limit:
            news = self._news()
            if news:
                self.heard = len(self.inbox())
                return "\n".join(news)
            if any(is_person(text) for text in self.inbox()[self.heard :]):
                return None
            time.sleep(0.1)
        return ""

    def _news(self) -> list[str]:
        return [text for text in self.inbox()[self.heard :] if not is_aside(text)]


def is_person(text: str) -> bool:
    """Whether a text promises a person."""
    return notices.pattern("handoff_after_failure").fullmatch(text) is not None


def _next(reply: str, said: str) -> str:
    """What somebody who wants to order answers."""
    if "Total Rp" in reply and "pesan" in reply.lower():
        return YES
    if "Kirim ke mana" in reply:
        return ADDRESS
    if "ecamatan" in reply:  # asked once more when the memory of the address was lost
        return DISTRICT
    if "omor HP" in reply:  # not asked on WhatsApp, unless the form began while something was away
        return MOBILE
    if "eranjang" in reply:
        return GO_ON
    return said if said != YES else GO_ON


class Crowd:
    """All customers of a run; numbers are never used twice."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.posts: dict[str, Post] = {}
        self._read = 0
        self._sent: dict[str, list[Sent]] = defaultdict(list)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def phones(self, count: int, channel: str = "whatsapp") -> list[Phone]:
        """New customers."""
        with self._lock:
            return [Phone(self, f"+62812{next(self._numbers):08d}", channel) for _ in range(count)]

    def shown_to(self, address: str) -> list[str]:
        """What the customer at ``address`` sees, in order; looks only at what is new in the ledger,
        as hundreds of phones ask all the time."""
        with self._lock:
            ledger = self.stage.twin.ledger
            for sent in ledger[self._read :]:
                self._sent[sent.to].append(sent)
                self._read += 1
            return [sent.shown for sent in self._sent[address] if sent.error_code is None]

    def post(self, form: dict[str, str], retries: int = RETRIES, pause_s: float = 0.3) -> Post:
        """Post a webhook, again after a 5xx or no answer as Twilio does."""
        with self._lock:
            kept = self.posts.setdefault(form["MessageSid"], Post(form))
        for attempt in range(retries + 1):
            code = post(f"{self.stage.url}/twilio/messages", form, self.stage.twin.token,
                        f"{PUBLIC}/twilio/messages")  # fmt: skip
            kept.codes.append(code)
            if 0 < code < 500:
                break
            time.sleep(pause_s * 2**attempt)
        return kept

    def taken(self) -> dict[str, int]:
        """How often each webhook was answered with 2xx, by its MessageSid."""
        counted: dict[str, int] = defaultdict(int)
        with self._lock:
            posts = dict(self.posts)
        for sid, one in posts.items():
            if one.taken:
                counted[sid] += sum(200 <= code < 300 for code in one.codes)
        return counted

    def each(
        self, act: Callable[[Phone], T], phones: Sequence[Phone], at_once: int = 20
    ) -> list[T]:
        """Let all phones act together; their results in order."""
        with ThreadPoolExecutor(min(at_once, len(phones))) as pool:
            return list(pool.map(act, phones))
