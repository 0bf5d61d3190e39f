"""Receipts as a bank's app shows them, drawn for tests: every text and number is made up."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

from crm_core.money import format_rupiah

SIZES = ((1080, 2340), (720, 1600), (1080, 1920), (828, 1792))
BANKS = (
    ("BCA", (0, 90, 170)), ("Mandiri", (0, 60, 120)), ("BRI", (10, 60, 140)),
    ("BNI", (230, 110, 30)), ("Dana", (20, 120, 230)), ("Sea", (250, 110, 40)),
)  # fmt: skip
NAMES = (
    "Budi Santoso", "Siti Aminah", "Andi Wijaya", "Rina Kartika", "Joko Susilo", "Dewi Lestari",
    "Hendra Gunawan", "Lim Swie", "Agus Salim", "Maria Goreti", "Tjia Bun", "Yanto",
)  # fmt: skip
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Receipt:
    """What a receipt says, and how the phone shows it."""

    bank: int
    payer: str
    account: str
    amount: int
    when: str
    reference: str
    clock: str
    battery: int
    size: tuple[int, int]
    dark: bool = False

    @classmethod
    def made(cls, chance: random.Random, **given: object) -> Receipt:
        """Any receipt; what is ``given`` by name is as told."""
        hour, minute = chance.randrange(24), chance.randrange(60)
        made = cls(
            bank=chance.randrange(len(BANKS)),
            payer=chance.choice(NAMES),
            account=f"****{chance.randrange(10**4):04d}",
            amount=chance.randrange(20_000, 3_000_000),
            when=f"{chance.randrange(1, 29):02d} Nov 2026 {hour:02d}:{minute:02d}:07 WIB",
            reference=str(chance.randrange(10**11, 10**12)),
            clock=f"{chance.randrange(24):02d}:{chance.randrange(60):02d}",
            battery=chance.randrange(5, 100),
            size=chance.choice(SIZES),
            dark=chance.random() < 0.15,
        )
        return replace(made, **given)  # type: ignore[arg-type]

    def other(self, chance: random.Random, *, same_payer: bool = False) -> Receipt:
        """Another transfer as the same app on the same phone shows it."""
        found = Receipt.made(chance, bank=self.bank, size=self.size, dark=self.dark)
        return replace(found, payer=self.payer, account=self.account) if same_payer else found

    def draw(self) -> Image.Image:
        """The screenshot."""
        name, colour = BANKS[self.bank]
        paper = _Paper(self.size, dark=self.dark)
        paper.write(50, 20, self.clock, 30)
        paper.write(1030, 20, f"4G {self.battery}%", 28, anchor="ra")
        style = self.bank % 3
        paper.band(80, 420 if style == 1 else 260, colour)
        paper.write(540, 140, name, 56, (255, 255, 255), "ma")
        paper.tick(470)
        paper.write(
            540, 630, "Transfer Berhasil" if style else "Transaksi Berhasil", 48, anchor="ma"
        )
        paper.write(540, 710, self.when, 30, paper.soft, "ma")
        paper.write(540, 800, format_rupiah(self.amount), 56, anchor="ma")
        rows = (
            ("No. Referensi", self.reference), ("Dari", self.payer),
            ("Rekening sumber", self.account), ("Penerima", "PT SAPA MOTOR KHATULISTIWA"),
            ("Bank tujuan", "BCA"), ("Rekening tujuan", "0291234567"),
            ("Nominal", format_rupiah(self.amount)), ("Biaya", "Rp 0"),
        )[: 6 if style == 2 else 8]  # fmt: skip
        for place, (label, value) in enumerate(rows):
            paper.write(60, 930 + 84 * place, label, 32, paper.soft)
            paper.write(1020, 930 + 84 * place, value, 32, anchor="ra")
        paper.write(540, 990 + 84 * len(rows), "Bagikan     Selesai", 40, colour, "ma")
        return paper.image


class _Paper:
    """A screen to write on, in units of a screen 1080 wide."""

    def __init__(self, size: tuple[int, int], *, dark: bool) -> None:
        self.scale = size[0] / 1080
        self.ink: Colour = (235, 235, 235) if dark else (25, 30, 35)
        self.soft: Colour = (150, 150, 150) if dark else (110, 115, 120)
        self.image = Image.new("RGB", size, (18, 20, 24) if dark else (255, 255, 255))
        self.pen = ImageDraw.Draw(self.image)

    def write(
        self, x: int, y: int, text: str, size: int, ink: Colour | None = None, anchor: str = "la"
    ) -> None:
        font = ImageFont.load_default(int(size * self.scale))
        place = (x * self.scale, y * self.scale)
        self.pen.text(place, text, font=font, fill=ink or self.ink, anchor=anchor)

    def band(self, top: int, bottom: int, ink: Colour) -> None:
        self.pen.rectangle((0, top * self.scale, 1080 * self.scale, bottom * self.scale), fill=ink)

    def tick(self, top: int) -> None:
        box = [value * self.scale for value in (480, top, 600, top + 120)]
        self.pen.ellipse(box, fill=(40, 170, 90))


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """The picture as a file."""
    target = io.BytesIO()
    image.convert("RGB").save(target, "JPEG", quality=quality)
    return target.getvalue()


def cut(image: Image.Image, chance: random.Random) -> Image.Image:
    """The picture without its status bar, and with less below and beside it."""
    width, height = image.size
    top, bottom = chance.uniform(0.02, 0.10), chance.uniform(0, 0.15)
    left, right = chance.uniform(0, 0.04), chance.uniform(0, 0.04)
    box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return image.crop((int(box[0]), int(box[1]), int(box[2]), int(box[3])))


def photo(chance: random.Random) -> Image.Image:
    """Any photo: coloured shapes in a room that is lit from the middle."""
    width, height = chance.choice(((1080, 1440), (1600, 1200), (1080, 1920)))
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    pen = ImageDraw.Draw(image)
    for _ in range(chance.randrange(8, 40)):
        x, y = chance.randrange(width), chance.randrange(height)
        box = (x, y, x + chance.randrange(20, 600), y + chance.randrange(20, 600))
        ink = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        (pen.ellipse if chance.random() < 0.5 else pen.rectangle)(box, fill=ink)
    return image
