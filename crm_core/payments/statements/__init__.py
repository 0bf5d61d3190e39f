"""Bank statement files → mutations, pure: bytes in, values out; nothing is stored here.

Read are MT940 (library ``mt-940``) and CSV files whose columns stand in ``shapes.csv``, one row
per shape. The shapes there are those that shops get from KlikBCA and myBCA ("Informasi Rekening -
Mutasi Rekening"), from Mandiri (the older semicolon file with ``PostDate`` and the newer one with
``Val. Date``) and from BRI (``NOREK,TGL_TRAN,…`` and the e-statement columns), as people publish
them beside their own importers; no bank documents its file. A bank may change a column any day and
there are more banks than three, so a shop maps any other file with a table of the same columns:
``read(…, shapes=read_shapes(text))`` adds its rows to ours.
"""

from crm_core.payments.statements.csvfiles import Shape, read_shapes, standard_shapes
from crm_core.payments.statements.reading import MOST_BYTES, MOST_ROWS, read
from crm_core.payments.statements.values import Direction, Mutation, Rejected, Statement

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "Direction",
    "Mutation",
    "Rejected",
    "Shape",
    "Statement",
    "read",
    "read_shapes",
    "standard_shapes",
]
