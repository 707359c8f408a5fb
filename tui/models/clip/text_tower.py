"""CLIP's text tower, run on the tokens of a text only. Imports torch, so import it late.

Architecture: A. Radford et al., "Learning Transferable Visual Models From Natural Language
Supervision", 2021, section 2.4, as open_clip builds it and with open_clip's names of the weights.

A text is padded to 77 tokens and its vector taken at its end token. Attention is causal: no token
sees a later one, so the padding changes nothing and need not be computed.
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
    """Properties of a tower that its weights do not define.

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
        shape: the other properties.

    Raises:
        KeyError: weights are missing or unused.
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], shape: TextShape) -> None:
        super().__init__()
        self.shape = shape
        layers = sum(name.endswith("attn.in_proj_weight") for name in weights)
        blocks = (_Block(weights, f"transformer.resblocks.{n}.", shape) for n in range(layers))
        self.token_embedding = _Part(weights, "token_embedding.", "weight")
        self.positional_embedding = _parameter(weights["positional_embedding"])
        self.transformer = nn.ModuleDict({"resblocks": nn.ModuleList(blocks)})
        self.ln_final = _Norm(weights, "ln_final.", shape.epsilon)
        self.text_projection = _parameter(weights["text_projection"])
        if unused := weights.keys() - self.state_dict().keys():
            raise KeyError(*unused)

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
        """Whether a model's text tower is the plain one, whose output is the end token."""
        from tui.models.clip.vision_tower import is_plain

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
        words = functional.embedding(tokens[:, :length], self.token_embedding.weight)
        hidden = words + self.positional_embedding[:length]
        for block in cast("nn.ModuleList", self.transformer["resblocks"]):
            hidden = block(hidden)
        rows = torch.arange(len(tokens), device=tokens.device)
        features: torch.Tensor = self.ln_final(hidden[rows, ends]) @ self.text_projection
        return features


class _Part(nn.Module):
    """The weights of the tower below a prefix, by their names.

    torch's own layers would first fill them with random numbers, or otherwise import its compiler,
    which is slow.
    """

    weight: nn.Parameter
    bias: nn.Parameter

    def __init__(self, weights: Mapping[str, torch.Tensor], prefix: str, *names: str) -> None:
        super().__init__()
        for name in names:
            self.register_parameter(name, _parameter(weights[prefix + name]))


class _Linear(_Part):
    def __init__(self, weights: Mapping[str, torch.Tensor], prefix: str) -> None:
        super().__init__(weights, prefix, "weight", "bias")

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.linear(hidden, self.weight, self.bias)


class _Norm(_Part):
    def __init__(self, weights: Mapping[str, torch.Tensor], prefix: str, epsilon: float) -> None:
        super().__init__(weights, prefix, "weight", "bias")
        self._epsilon = epsilon

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        shape = hidden.shape[-1:]
        return functional.layer_norm(hidden, shape, self.weight, self.bias, self._epsilon)


class _Block(nn.Module):
    """One layer: causal attention, then two products with an activation between."""

    def __init__(self, weights: Mapping[str, torch.Tensor], prefix: str, shape: TextShape) -> None:
        super().__init__()
        self._quick = shape.quick_gelu
        self.ln_1 = _Norm(weights, f"{prefix}ln_1.", shape.epsilon)
        self.attn = _Attention(weights, f"{prefix}attn.", shape.heads)
        self.ln_2 = _Norm(weights, f"{prefix}ln_2.", shape.epsilon)
        self.mlp = nn.ModuleDict(
            {name: _Linear(weights, f"{prefix}mlp.{name}.") for name in ("c_fc", "c_proj")}
        )

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden + self.attn(self.ln_1(hidden))
        inner = self.mlp["c_fc"](self.ln_2(hidden))
        inner = inner * torch.sigmoid(1.702 * inner) if self._quick else functional.gelu(inner)
        out: torch.Tensor = hidden + self.mlp["c_proj"](inner)
        return out


class _Attention(_Part):
    in_proj_weight: nn.Parameter
    in_proj_bias: nn.Parameter

    def __init__(self, weights: Mapping[str, torch.Tensor], prefix: str, heads: int) -> None:
        super().__init__(weights, prefix, "in_proj_weight", "in_proj_bias")
        self._heads = heads
        self.out_proj = _Linear(weights, f"{prefix}out_proj.")

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        rows, tokens, width = hidden.shape
        joint = functional.linear(hidden, self.in_proj_weight, self.in_proj_bias)
        query, key, value = joint.view(rows, tokens, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: torch.Tensor = self.out_proj(mixed.transpose(1, 2).reshape(rows, tokens, width))
        return out


def _parameter(values: torch.Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)
