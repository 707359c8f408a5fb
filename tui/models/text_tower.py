"""CLIP's text tower over the tokens that a text has. Imports torch, so import this module late.

Architecture: A. Radford et al., "Learning Transferable Visual Models From Natural Language
Supervision", 2021, section 2.4, as open_clip builds it and by open_clip's names of the weights.

A text is padded to 77 tokens and its vector taken at its end token. Attention is causal: no token
sees a later one, so what follows the end changes nothing and need not be computed. A query of four
words is seven tokens long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARTS = (
    "token_embedding.",
    "positional_embedding",
    "transformer.",
    "ln_final.",
    "text_projection",
)


@dataclass(frozen=True, slots=True)
class TextShape:
    """What the weights don't say of a tower.

    Attributes:
        heads: of each layer's attention.
        epsilon: of the layer norms.
        quick_gelu: the activation is ``x sigmoid(1.702 x)``, not GELU.
    """

    heads: int
    epsilon: float
    quick_gelu: bool


class TextTower(nn.Module):
    """Token ids, shape ``(n, length)``, to features, shape ``(n, dim)``.

    Args:
        weights: by open_clip's names; used, not copied.
        shape: the rest.

    Raises:
        KeyError, RuntimeError: weights are missing, left over, or don't fit each other.
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], shape: TextShape) -> None:
        super().__init__()
        self.shape = shape
        words, width = weights["token_embedding.weight"].shape
        hidden = weights["transformer.resblocks.0.mlp.c_fc.weight"].shape[0]
        layers = sum(name.endswith("attn.in_proj_weight") for name in weights)
        with torch.device("meta"):
            self.token_embedding = nn.Embedding(words, width)
            self.positional_embedding = _empty(weights["positional_embedding"])
            self.text_projection = _empty(weights["text_projection"])
            self.ln_final = nn.LayerNorm(width, eps=shape.epsilon)
            blocks = nn.ModuleList(_Block(width, hidden, shape) for _ in range(layers))
        self.transformer = nn.ModuleDict({"resblocks": blocks})
        self.load_state_dict(dict(weights), strict=True, assign=True)
        self.requires_grad_(False)

    @classmethod
    def of(cls, clip: Any) -> TextTower:
        """Return the text tower of an ``open_clip.CLIP`` for which ``fits`` is true."""
        first = clip.transformer.resblocks[0]
        shape = TextShape(
            first.attn.num_heads, clip.ln_final.eps, not isinstance(first.mlp.gelu, nn.GELU)
        )
        state = clip.state_dict()
        return cls({name: part for name, part in state.items() if name.startswith(_PARTS)}, shape)

    @staticmethod
    def fits(clip: Any) -> bool:
        """Whether a model's text tower is the plain one, read off at the end token."""
        from tui.models.vit import is_plain

        return (
            getattr(clip, "text_pool_type", None) == "argmax"
            and clip.attn_mask is not None
            and isinstance(clip.text_projection, nn.Parameter)
            and all(is_plain(block) for block in clip.transformer.resblocks)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run the tower up to the last end token, which has the highest id of all."""
        ends = tokens.argmax(dim=1)
        length = int(ends.max()) + 1
        hidden = self.token_embedding(tokens[:, :length]) + self.positional_embedding[:length]
        for block in cast("nn.ModuleList", self.transformer["resblocks"]):
            hidden = block(hidden)
        rows = torch.arange(len(tokens), device=tokens.device)
        features: torch.Tensor = self.ln_final(hidden[rows, ends]) @ self.text_projection
        return features


class _Block(nn.Module):
    """One layer: causal attention, then two products with an activation between."""

    def __init__(self, width: int, hidden: int, shape: TextShape) -> None:
        super().__init__()
        self._quick = shape.quick_gelu
        self.ln_1 = nn.LayerNorm(width, eps=shape.epsilon)
        self.attn = _Attention(width, shape.heads)
        self.ln_2 = nn.LayerNorm(width, eps=shape.epsilon)
        self.mlp = nn.ModuleDict(
            {"c_fc": nn.Linear(width, hidden), "c_proj": nn.Linear(hidden, width)}
        )

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden + self.attn(self.ln_1(hidden))
        inner = self.mlp["c_fc"](self.ln_2(hidden))
        inner = inner * torch.sigmoid(1.702 * inner) if self._quick else functional.gelu(inner)
        out: torch.Tensor = hidden + self.mlp["c_proj"](inner)
        return out


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        rows, tokens, width = hidden.shape
        joint = functional.linear(hidden, self.in_proj_weight, self.in_proj_bias)
        query, key, value = joint.view(rows, tokens, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: torch.Tensor = self.out_proj(mixed.transpose(1, 2).reshape(rows, tokens, width))
        return out


def _empty(like: torch.Tensor) -> nn.Parameter:
    return nn.Parameter(torch.empty(like.shape))
