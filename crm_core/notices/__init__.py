"""Texts that are sent without a dialogue, Indonesian and English: the face is ``render``."""

from crm_core.notices.text import LANGUAGES, codes, pattern, placeholders, render, written

__all__ = ["LANGUAGES", "codes", "pattern", "placeholders", "render", "written"]
