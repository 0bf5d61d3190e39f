"""What a person may ask of the shop about their own data: all of it, or that it be forgotten."""

from crm_core.privacy.service import Erased, erase, export, find, give

__all__ = ["Erased", "erase", "export", "find", "give"]
