"""What machines read of the shop: schema.org descriptions and the sitemap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from flask import current_app, url_for
from markupsafe import Markup

from crm_core import catalogue, shop

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.catalogue import PartView

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
MOST_PARTS = 45_000
"""A sitemap may name 50,000 pages."""


def product(part: PartView, seller: str) -> Markup:
    """The part as schema.org's Product in JSON-LD, safe inside a script element.

    Nothing in a part's words can end the element: the signs that could are written as escapes.
    """
    told: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": part.name,
        "sku": part.part_code,
        "mpn": part.part_code,
        "description": part.description,
        "brand": {"@type": "Brand", "name": "Honda"} if part.original else None,
        "weight": {"@type": "QuantitativeValue", "value": part.weight_g, "unitCode": "GRM"},
        "isAccessoryOrSparePartFor": [
            {"@type": "Motorcycle", "name": str(one)} for one in part.fitments
        ],
    }
    if part.price_idr is not None:
        there = "InStock" if part.stock_available > 0 else "OutOfStock"
        told["offers"] = {
            "@type": "Offer",
            "price": str(int(part.price_idr)),
            "priceCurrency": "IDR",
            "availability": f"https://schema.org/{there}",
            "url": address("storefront.part", code=part.part_code),
            "seller": {"@type": "Organization", "name": seller},
        }
    written = json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)
    for sign, escaped in _UNSAFE.items():
        written = written.replace(sign, escaped)
    return Markup(written)  # noqa: S704 - every sign that HTML would read is escaped above


def sitemap(session: Session) -> str:
    """All public pages as sitemaps.org wants them."""
    rows = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in _pages(session))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def _pages(session: Session) -> Iterator[str]:
    for endpoint in ("home", "parts", "contact"):
        yield address(f"storefront.{endpoint}")
    for one in catalogue.categories(session):
        if one.parts:
            yield address("storefront.category", slug=one.slug)
    for slug in sorted({page.slug for page in shop.pages(session)}):
        yield address("storefront.page", slug=slug)
    for code in catalogue.codes(session, MOST_PARTS):
        yield address("storefront.part", code=code)


def address(endpoint: str, **values: str) -> str:
    """The public address of a page, whatever the server behind the proxy is called."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + url_for(endpoint, **values)  # type: ignore[arg-type]
