"""The invoice as PDF. Letters come from the ``font-manrope`` wheel (OFL): Latin, Greek, Cyrillic.

A sign that the letters lack is shown as a question mark, never dropped unseen; signs that steer
the direction of writing are left out, so that a name cannot turn an amount around.
"""

from __future__ import annotations

import logging
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import font_manrope
from flask import Response
from fontTools.ttLib import TTFont
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos

from channels import shown
from channels.i18n import language, t, word
from crm_core import clock
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from datetime import datetime

    from channels.invoices import Invoice
    from crm_core.orders import OrderLineView

FAMILY = "Manrope"
REGULAR, BOLD = (str(font_manrope.font_files[name]) for name in ("Manrope", "ManropeBold"))
LONGEST = 600
"""Signs of one field that are printed; no field of ours is longer but by mischief."""
UNKNOWN_SIGN = "?"
_INK, _SOFT, _LINE = (27, 38, 36), (91, 104, 100), (222, 216, 205)
_DEEP, _TINT = (13, 63, 59), (240, 245, 243)
_STAMPS = {
    "paid": (23, 98, 57),
    "unpaid": (135, 80, 9),
    "on_delivery": (135, 80, 9),
    "void": (157, 42, 33),
}

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every table it leaves out


@cache
def _signs() -> frozenset[int]:
    with TTFont(REGULAR, lazy=True) as letters:
        return frozenset(letters.getBestCmap() or {})


def printable(written: object) -> str:
    """``written`` with only signs that can be printed; line breaks become spaces."""
    plain = unicodedata.normalize("NFC", str(written or ""))[:LONGEST]
    signs = [
        sign if ord(sign) in _signs() else UNKNOWN_SIGN
        for sign in " ".join(plain.split())
        if unicodedata.category(sign) not in {"Cf", "Cc", "Co", "Cs", "Mn", "Me"}
    ]
    return "".join(signs)


class _Paper(FPDF):
    """A4 with the shop's footer and page numbers."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(format="A4")
        self.invoice = invoice
        self.add_font(FAMILY, "", REGULAR)
        self.add_font(FAMILY, "B", BOLD)
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(auto=True, margin=24)
        self.set_title(printable(f"{t('orderpage.invoice.title')} {invoice.order.order_code}"))
        self.set_author(printable(invoice.shop.get("name", "Sapa")))
        self.set_lang("id-ID" if language() == "id" else "en-GB")
        self.set_creation_date(clock.local(clock.now()))

    def ink(self, colour: tuple[int, int, int], size: int = 10, style: str = "") -> None:
        """Write so from here on."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)

    def line_of(self, written: str, height: int = 5, **more: object) -> None:
        """One paragraph over the whole width."""
        values = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT, "align": "L"} | more
        self.multi_cell(0, height, printable(written), **values)  # type: ignore[arg-type]

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-18)
        self.ink(_SOFT, 8)
        self.set_draw_color(*_LINE)
        self.line(18, self.get_y() - 2, 192, self.get_y() - 2)
        facts = self.invoice.shop
        reach = " · ".join(facts[key] for key in ("whatsapp", "phone", "email") if facts.get(key))
        self.cell(140, 5, printable(reach))
        page = f"{self.invoice.order.order_code} · {self.page_no()}"
        self.cell(0, 5, page, align="R")


def answer(invoice: Invoice) -> Response:
    """The invoice for a browser, which opens it in its own viewer."""
    sent = Response(pdf(invoice), mimetype="application/pdf")
    sent.headers["Content-Disposition"] = f'inline; filename="{invoice.file_name}"'
    return sent


def pdf(invoice: Invoice) -> bytes:
    """The invoice in the reader's language; amounts are written as Indonesians do."""
    paper = _Paper(invoice)
    paper.add_page()
    _head(paper)
    _parties(paper)
    _lines(paper)
    _totals(paper)
    _payment(paper)
    return bytes(paper.output())


def _head(paper: _Paper) -> None:
    facts = paper.invoice.shop
    paper.set_fill_color(*_DEEP)
    paper.rect(0, 0, 210, 5, style="F")
    paper.set_y(16)
    paper.ink(_DEEP, 17, "B")
    paper.cell(112, 8, printable(facts.get("name", "Sapa")))
    paper.cell(
        0, 8, t("orderpage.invoice.title").upper(), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )
    paper.ink(_SOFT, 9)
    top = paper.get_y() + 1
    where = ", ".join(facts[key] for key in ("address", "city") if facts.get(key))
    paper.set_xy(18, top)
    paper.multi_cell(105, 4.6, printable(where), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = paper.get_y()
    paper.set_xy(130, top)
    paper.ink(_INK, 11, "B")
    paper.cell(0, 5, paper.invoice.order.order_code, align="R", new_x=XPos.LEFT, new_y=YPos.NEXT)
    paper.ink(_SOFT, 9)
    placed = shown.long_day(paper.invoice.order.created_at)
    paper.cell(0, 5, placed, align="R", new_x=XPos.LEFT, new_y=YPos.NEXT)
    paper.set_y(max(bottom, paper.get_y()) + 6)


def _parties(paper: _Paper) -> None:
    order = paper.invoice.order
    top = paper.get_y()
    paper.ink(_SOFT, 8)
    paper.cell(110, 4.5, t("orderpage.invoice.for"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ink(_INK, 11, "B")
    paper.multi_cell(
        110, 5.5, printable(order.recipient_name), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )
    paper.ink(_INK, 9)
    place = ", ".join(part for part in (order.address, order.district) if part)
    paper.multi_cell(110, 4.6, printable(place), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = paper.get_y()
    stamp = paper.invoice.stamp
    paper.set_xy(140, top + 1)
    paper.ink(_STAMPS[stamp], 12, "B")
    paper.set_draw_color(*_STAMPS[stamp])
    paper.set_line_width(0.6)
    paper.cell(52, 11, t(f"orderpage.invoice.stamp_{stamp}").upper(), border=1, align="C")
    paper.set_line_width(0.2)
    paper.set_y(max(bottom, top + 13) + 5)


def _lines(paper: _Paper) -> None:
    paper.set_draw_color(*_LINE)
    paper.set_fill_color(255)
    paper.ink(_INK, 9)
    heads = ("number", "part", "quantity", "price", "subtotal")
    style = FontFace(emphasis="BOLD", color=_DEEP, fill_color=_TINT)
    with paper.table(
        col_widths=(9, 87, 16, 31, 31),
        text_align=("CENTER", "LEFT", "RIGHT", "RIGHT", "RIGHT"),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=style,
        line_height=5,
        padding=(1.6, 1.4),
    ) as table:
        table.row([t(f"orderpage.invoice.{head}") for head in heads])
        for number, line in enumerate(paper.invoice.order.lines, start=1):
            table.row(
                [
                    str(number),
                    _named(line),
                    shown.number(line.quantity),
                    format_rupiah(line.unit_price_idr),
                    format_rupiah(line.subtotal_idr),
                ]
            )
    paper.ln(3)


def _named(line: OrderLineView) -> str:
    """A part with its number, and what the customer said of it."""
    called = printable(f"{line.name} ({line.part_code})")
    said = printable(f"{t('orderpage.items.note')}: {line.note}") if line.note else ""
    return f"{called}\n{said}" if said else called


def _totals(paper: _Paper) -> None:
    order = paper.invoice.order
    rows = [(t("orderpage.invoice.items"), format_rupiah(order.items_idr))]
    rows += [(one.label, "-" + format_rupiah(one.amount_idr)) for one in order.discounts]
    method = word("method", order.shipping_method)
    rows.append(
        (f"{t('orderpage.invoice.shipping')} ({method})", format_rupiah(order.shipping_idr))
    )
    if paper.will_page_break(6 * (len(rows) + 4)):
        paper.add_page()
    for label, amount in rows:
        paper.ink(_SOFT, 9)
        paper.cell(133, 6, printable(label)[:80], align="R")
        paper.ink(_INK, 9)
        paper.cell(0, 6, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ink(_DEEP, 13, "B")
    paper.cell(133, 9, t("orderpage.invoice.total"), align="R")
    total = format_rupiah(order.total_idr)
    paper.cell(0, 9, total, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if language() == "id":
        paper.ink(_SOFT, 8)
        paper.line_of(t("orderpage.invoice.spoken", words=paper.invoice.spoken), 4, align="R")
    paper.ln(5)


def _payment(paper: _Paper) -> None:
    invoice, payment = paper.invoice, paper.invoice.payment
    if invoice.due is not None and payment is not None:
        account = payment.bank_account
        paper.ink(_INK, 10, "B")
        paper.line_of(
            t(
                "orderpage.invoice.pay",
                amount=format_rupiah(invoice.due),
                bank=account.bank,
                number=account.number,
                holder=account.holder,
            )
        )
        paper.ink(_SOFT, 9)
        until = _moment(payment.expires_at)
        code = f"{payment.unique_code:03d}"
        paper.line_of(t("orderpage.invoice.pay_hint", until=until, code=code))
    elif invoice.stamp == "paid" and invoice.order.paid_at is not None:
        paper.ink(_SOFT, 9)
        paper.line_of(t("orderpage.invoice.paid_at", at=_moment(invoice.order.paid_at)))
    if invoice.order.note:
        paper.ink(_INK, 9)
        paper.line_of(f"{t('orderpage.items.note')}: {invoice.order.note}")
    paper.ink(_SOFT, 9)
    paper.line_of(t("orderpage.invoice.keep"))


def _moment(at: datetime) -> str:
    """Day and hour in full: paper is read on other days than it was written."""
    return f"{shown.long_day(at)} {shown.hour(at)}"
