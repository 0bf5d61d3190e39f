"""Input against all rules: made-up forms, poisoned pictures, addresses inside, odd numbers."""

from __future__ import annotations

import io
import random
import re
import socket
import struct
import threading
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import sqlalchemy as sa
from PIL import Image

from channels.twin.posting import sign
from tests.drills.crowd import Phone
from tests.drills.drill import Bench, Outcome, drill
from tests.drills.provider import talkers
from tests.drills.stage import PUBLIC, wait_for

FIELDS = (
    "Body", "From", "To", "MessageSid", "NumMedia", "MediaUrl0", "MediaContentType0", "WaId",
    "ProfileName", "Latitude", "Longitude", "ButtonPayload", "ListId", "OptOutType", "Label",
    "ChannelMetadata", "ReferralHeadline", "AccountSid", "MessageType", "SmsStatus",
)  # fmt: skip
BITS = (
    "", "0", "-1", "1e9", "NaN", "\x00", "ÿ", "😀", "\ud7ff", "\u202e", "{", "/restart", "'; --",
    "<b>", "%s%n", "../../x", "whatsapp:+628", "whatsapp:ID.45", "http://127.0.0.1/x", "9" * 40,
    "A" * 3000, "\r\nX: y", "null", "true", "[]", "1,5", "٣",
)  # fmt: skip


@drill("B2", "made-up forms and headers", "0 answers of 5xx", limit_s=900)
def made_up(bench: Bench) -> Outcome:
    """Signed rightly, so that they get past the first guard; the seed makes each run the same."""
    chance = random.Random(2)  # noqa: S311 - no secret
    total = bench.count(20_000, 300)
    url, path = bench.stage.url, "/twilio/messages"

    def form() -> dict[str, str]:
        phone = f"whatsapp:+62899{chance.randrange(5):08d}"
        made = bench.stage.twin.inbound_form(phone, "halo")
        for _ in range(chance.randrange(1, 5)):
            value = "".join(chance.choice(BITS) for _ in range(chance.randrange(1, 4)))
            field = chance.choice(FIELDS)
            # Ids are logged and words are not: the same signs in both would look like a leak.
            made[field] = (
                f"SM{chance.randrange(10**9):032x}{value[:1]}" if "Sid" in field else value
            )
        if chance.random() < 0.2:
            made.pop(chance.choice(list(made)))
        return made

    def post(made: dict[str, str]) -> int:
        where = chance.choice((path, path, path, "/twilio/status?message=1"))
        signature = sign(PUBLIC + where, made, bench.stage.twin.token)
        headers = {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": "x"}
        return client.post(url + where, data=made, headers=headers).status_code

    with httpx.Client(trust_env=False, timeout=20) as client, ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(post, [form() for _ in range(total)]))
    bench.settle(900)
    wrong = [f"{number} × {code}" for code, number in codes.items() if code >= 500]
    return Outcome(f"{total} forms", f"answers {dict(codes)}", wrong)


def _bomb() -> bytes:
    """A PNG of 50,000 × 50,000 black dots in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _picture(kind: str = "JPEG", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(target, kind, **options)
    return target.getvalue()


def _placed() -> bytes:
    """A photo that tells where it was made."""
    exif = Image.Exif()
    exif[0x010F] = "RAHASIA-KAMERA"
    exif.get_ifd(0x8825)[1] = "S"
    return _picture(exif=exif)


def _files() -> dict[str, tuple[bytes, str, bool]]:
    """(bytes, what it says it is, whether it may be kept)."""
    good = _picture()
    return {
        "with a place": (_placed(), "image/jpeg", True),
        "JPEG and HTML": (good + b"<script>alert(1)</script>", "image/jpeg", True),
        "wrong kind": (_picture("PNG"), "image/jpeg", True),
        "truncated": (good[: len(good) // 3], "image/jpeg", False),
        "bomb": (_bomb(), "image/png", False),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", False),
        "nothing": (b"", "image/jpeg", False),
        "not a picture": (b"MZ" + b"\0" * 2000, "image/jpeg", False),
        "25 MB": (good + b"\0" * (19 << 20), "image/jpeg", False),
    }


@drill("B8", "poisoned pictures", "refused or made anew; no place left in them", limit_s=300)
def pictures(bench: Bench) -> Outcome:
    """One customer each; what is kept is opened again and must hold nothing but the picture."""
    twin, wrong = bench.stage.twin, []
    sids = {}
    for name, (content, kind, _) in _files().items():
        (phone,) = bench.crowd.phones(1)
        url = twin.add_media(content, kind)
        form = twin.inbound_form(
            phone.address, "", NumMedia="1", MediaUrl0=url, MediaContentType0=kind
        )
        bench.crowd.post(form)
        sids[name] = form["MessageSid"]
    pending = "SELECT count(*) FROM media WHERE state = 'pending'"
    took = wait_for(lambda: bench.scalar(pending) == 0, "every picture is decided", 120)
    bench.settle()
    kept = 0
    for name, (_, _, may) in _files().items():
        with bench.stage.engine.connect() as connection:
            state, path = connection.execute(
                sa.text("SELECT d.state, d.path FROM media d JOIN messages m ON m.id = d.message_id"
                        " WHERE m.provider_id = :sid"), {"sid": sids[name]},
            ).one()  # fmt: skip
        if (state == "stored") and not may:
            wrong.append(f"{name} was kept")
        if state == "stored":
            kept += 1
            content = (bench.stage.settings.data_dir / path).read_bytes()
            if b"RAHASIA" in content or b"<script" in content or b"Exif" in content:
                wrong.append(f"{name} was kept with what was in it")
    had = f"{kept} made anew, {len(sids) - kept} refused, in {took:.0f} s"
    return Outcome(f"{len(sids)} files", had, wrong)


class _Trap:
    """Listens on loopback and counts who comes."""

    def __init__(self) -> None:
        self.came = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                opened, _ = self._server.accept()
                self.came += 1
                opened.close()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


@drill("B9", "MediaUrl to addresses inside, and redirects there",
       "0 connections; the account's password is sent nowhere else", limit_s=200)  # fmt: skip
def inside(bench: Bench) -> Outcome:
    """A trap listens where nobody may come."""
    trap, twin = _Trap(), bench.stage.twin
    urls = [
        f"http://127.0.0.1:{trap.port}/x", f"http://localhost:{trap.port}/x",
        f"http://[::ffff:127.0.0.1]:{trap.port}/x", f"http://0x7f000001:{trap.port}/x",
        "file:///etc/passwd", "http://169.254.169.254/latest", "gopher://127.0.0.1/x",
        f"{twin.url}@127.0.0.1:{trap.port}/x", twin.add_media(b"x"),
    ]  # fmt: skip
    twin.redirect_to = f"http://127.0.0.1:{trap.port}/stolen"
    sids = []
    try:
        for url in urls:
            (phone,) = bench.crowd.phones(1)
            form = twin.inbound_form(
                phone.address, "", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg"
            )
            bench.crowd.post(form)
            sids.append(form["MessageSid"])
        refused = (
            "SELECT count(*) FROM media d JOIN messages m ON m.id = d.message_id"
            " WHERE m.provider_id = ANY(:sids) AND d.state = 'refused'"
        )
        wait_for(lambda: bench.scalar(refused, sids=sids) == len(urls), "all are refused", 100)
    finally:
        twin.redirect_to = None
        trap.close()
    bench.settle()
    wrong = [f"{trap.came} connections"] if trap.came else []
    return Outcome(f"{len(urls)} addresses", f"{trap.came} connections, all refused", wrong)


NUMBERS = {
    "mau -1 kampas rem depan beat 2019": {0, 1}, "mau 0 kampas rem depan beat 2019": {0, 1},
    "mau 1000000000 kampas rem depan beat 2019": {0}, "mau 1,5 kampas rem depan beat 2019": {0, 1},
    "mau sepuluh kampas rem depan beat 2019": {10}, "mau 2-3 kampas rem depan beat 2019": {0, 2, 3},
    "mau １０ kampas rem depan beat 2019": {10}, "mau dua lusin kampas rem depan beat 2019": {24},
}  # fmt: skip


@drill("B10", "odd quantities", "the right number or a question; never a negative one", limit_s=200)
def quantities(bench: Bench) -> Outcome:
    """What is in the cart afterwards, written by chat."""
    phones = talkers(bench, len(NUMBERS))
    wrong, right = [], 0
    for phone, (text, allowed) in zip(phones, NUMBERS.items(), strict=True):
        phone.says(text)
        found = bench.scalar(
            "SELECT coalesce(sum(i.quantity), 0) FROM cart_lines i JOIN carts c ON c.id = i.cart_id"
            " JOIN channel_addresses a USING (customer_id) WHERE a.address = :address",
            address=phone.channel_address,
        )  # fmt: skip
        right += found in allowed
        if found not in allowed:
            wrong.append(f"{text!r} became {found}")
    return Outcome(f"{len(NUMBERS)} ways to say how many", f"{right} right or asked about", wrong)


AMOUNTS = ("Rp 1.250.000,-", "1,25jt", "1250k", "-5000", "Rp0", "satu juta dua ratus", "９９９")


@drill("B11", "odd amounts of a transfer", "the right one or a question; never paid by a word",
       limit_s=200)  # fmt: skip
def amounts(bench: Bench) -> Outcome:
    """Each with an open order: a customer's word is never money."""
    phones = bench.some_buyers(len(AMOUNTS))
    bench.crowd.each(Phone.buys, phones, 4)

    def tell(pair: tuple[Phone, str]) -> str:
        return pair[0].says(f"sudah transfer {pair[1]}")

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(tell, zip(phones, AMOUNTS, strict=True)))
    bench.settle()
    paid = bench.scalar(
        "SELECT count(*) FROM orders o JOIN channel_addresses a USING (customer_id)"
        " WHERE a.address = ANY(:own) AND o.paid_at IS NOT NULL",
        own=[phone.channel_address for phone in phones],
    )
    false = sum(bool(re.search(r"\blunas\b", reply)) for reply in replies)
    wrong = [f"{paid} paid, {false} told so"] if paid or false else []
    return Outcome(f"{len(AMOUNTS)} amounts", f"{paid} paid, {false} told so", wrong)
