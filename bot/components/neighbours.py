"""What the sentence vector of a message is likely to be, from messages that share its words.

A vector costs about 9 ms of processor time, so training does not make one of every message. A
zero in its place would teach that most messages have no meaning at all; the mean of its
neighbours' vectors loses almost nothing (docs/decisions/0016).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

NEIGHBOURS = 8
_AT_ONCE = 500


def filled_in(rows: csr_matrix, known: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """A vector for each row: `vectors` for the rows of `known`, else the neighbours' mean.

    `rows`: word counts, shape (messages, terms); `known`: row numbers in ascending order; `vectors`
    of shape (len(known), size). The nearest by cosine count by its square. Returns float32 of shape
    (messages, size).
    """
    whole = np.zeros((rows.shape[0], vectors.shape[1]), dtype=np.float32)
    whole[known] = vectors
    missing = np.setdiff1d(np.arange(rows.shape[0]), known)
    unit = normalize(rows)
    others = unit[known].T.tocsr()
    nearest = min(NEIGHBOURS, len(known))
    for start in range(0, len(missing), _AT_ONCE):
        places = missing[start : start + _AT_ONCE]
        alike = (unit[places] @ others).toarray()
        best = np.argpartition(-alike, nearest - 1, axis=1)[:, :nearest]
        weight = np.take_along_axis(alike, best, axis=1) ** 2 + 1e-6
        weight /= weight.sum(axis=1, keepdims=True)
        whole[places] = np.einsum("nkd,nk->nd", vectors[best], weight)
    return whole
