"""The core of Sapa: customers, parts, orders, payments, and what may happen to them.

Every concept is a package with one face: ``from crm_core import orders``, ``orders.place(...)``.
Verbs take the database session first and never commit; the edge that opened the session does.
"""
