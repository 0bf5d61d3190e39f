"""The log of every process; see :mod:`crm_core.logs`."""

from crm_core.logs import setup

__all__ = ["setup"]
