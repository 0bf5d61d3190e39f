"""Texts that are sent without a dialogue, Indonesian and English: the face is ``render``."""

from crm_core.notices.kinds import (
    Template,
    facts_written,
    is_perishable,
    is_unasked,
    template,
    templates,
)
from crm_core.notices.text import LANGUAGES, codes, pattern, placeholders, render, written

__all__ = [
    "LANGUAGES",
    "Template",
    "codes",
    "facts_written",
    "is_perishable",
    "is_unasked",
    "pattern",
    "placeholders",
    "render",
    "template",
    "templates",
    "written",
]
