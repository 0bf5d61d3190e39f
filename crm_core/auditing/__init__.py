"""Whether the books are right: every invariant that the database can show, checked row by row."""

from crm_core.auditing.service import CHECKS, audit
from crm_core.auditing.values import AccountSums, AuditReport, Finding, StockSums

__all__ = ["CHECKS", "AccountSums", "AuditReport", "Finding", "StockSums", "audit"]
