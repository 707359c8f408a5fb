"""The teacher: all-MiniLM-L6-v2, mean-pooled (Reimers and Gurevych 2019, arXiv 1908.10084)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_BATCH = 128
_MOST_PIECES = 64


class Encoder:
    """Texts to unit vectors of 384."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, shape ``(len(texts), 384)``."""
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for first in range(0, len(order), _BATCH):
            rows = order[first : first + _BATCH]
            vectors[rows] = self._embed([texts[row] for row in rows])
        return vectors

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        batch = self._tokenizer(
            texts, padding=True, truncation=True, max_length=_MOST_PIECES, return_tensors="pt"
        )
        with torch.inference_mode():
            states = self._model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(2)
        mean = (states * mask).sum(1) / mask.sum(1)
        unit: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return unit
