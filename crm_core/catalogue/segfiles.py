"""A segment as a file that every process maps: written aside, put in place whole, never changed."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from crm_core.catalogue.lexicon import REFERENCE
from crm_core.catalogue.segments import Segment

_READING = (
    "bikes", "clauses", "details", "documents", "lexicon", "naming", "partcodes", "segbuilding",
    "segfiles", "segments", "text", "understanding", "variants",
)  # fmt: skip
_MAGIC = b"SAPAPART"
_ALIGNED = 64


@cache
def fingerprint() -> str:
    """Changes with everything that decides how a part is read: words, bikes and this code."""
    code = [Path(__file__).with_name(f"{name}.py") for name in _READING]
    sources = [*code, *sorted(REFERENCE.glob("*.*"))]
    digest = hashlib.sha256(np.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def save(path: Path, segment: Segment, facts: Mapping[str, Any]) -> None:
    """Write ``segment`` and ``facts`` about it to ``path``; readers of an older file keep it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table, at = {}, 0
    arrays = {name: np.ascontiguousarray(column) for name, column in segment.arrays().items()}
    for name, column in arrays.items():
        table[name] = (column.dtype.str, column.shape, at)
        at += -(-column.nbytes // _ALIGNED) * _ALIGNED
    head = json.dumps({"facts": dict(facts), "columns": table, "length": at}).encode()
    begin = -(-(len(_MAGIC) + 8 + len(head)) // _ALIGNED) * _ALIGNED
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(_MAGIC + len(head).to_bytes(8, "little") + head)
        for name, column in arrays.items():
            file.seek(begin + table[name][2])
            file.flush()
            column.tofile(file)
        file.truncate(begin + at)
    aside.replace(path)


def load(path: Path) -> tuple[Segment, dict[str, Any]] | None:
    """The segment of a file and its facts; None if there is none, or it is not whole."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    try:
        if mapped[: len(_MAGIC)] != _MAGIC:
            return None
        length = int.from_bytes(mapped[len(_MAGIC) : len(_MAGIC) + 8], "little")
        head = json.loads(mapped[len(_MAGIC) + 8 : len(_MAGIC) + 8 + length])
        begin = -(-(len(_MAGIC) + 8 + length) // _ALIGNED) * _ALIGNED
        if len(mapped) != begin + head["length"]:
            return None
        columns = {
            name: np.ndarray(tuple(shape), np.dtype(kind), mapped, begin + at)
            for name, (kind, shape, at) in head["columns"].items()
        }
        return Segment(**columns), head["facts"]
    except (ValueError, KeyError, TypeError):
        return None
