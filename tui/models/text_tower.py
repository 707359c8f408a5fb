"""CLIP's text tower over the tokens that a text has. Imports torch, so import this module late.

A text is padded to 77 tokens and its vector taken at its end token. Attention is causal: no token
sees a later one, so what follows the end changes nothing and need not be computed. A query of four
words is seven tokens long.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class TextTower(nn.Module):
    """Token ids, shape ``(n, length)``, to features, shape ``(n, dim)``.

    Args:
        clip: an ``open_clip.CLIP`` for which ``fits`` is true; its parts are used, not copied.
    """

    def __init__(self, clip: Any) -> None:
        super().__init__()
        self.token_embedding = clip.token_embedding
        self.positional_embedding = clip.positional_embedding
        self.transformer = clip.transformer
        self.ln_final = clip.ln_final
        self.text_projection = clip.text_projection
        self.mask: torch.Tensor
        self.register_buffer("mask", clip.attn_mask)

    @staticmethod
    def fits(clip: Any) -> bool:
        """Whether a model's attention is causal and its vector is taken at the end token."""
        return (
            getattr(clip, "text_pool_type", None) == "argmax"
            and clip.attn_mask is not None
            and isinstance(clip.text_projection, nn.Parameter)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run the tower up to the last end token, which has the highest id of all."""
        ends = tokens.argmax(dim=1)
        length = int(ends.max()) + 1
        hidden = self.token_embedding(tokens[:, :length]) + self.positional_embedding[:length]
        hidden = self.transformer(hidden, attn_mask=self.mask[:length, :length])
        rows = torch.arange(len(tokens), device=tokens.device)
        features: torch.Tensor = self.ln_final(hidden[rows, ends]) @ self.text_projection
        return features
