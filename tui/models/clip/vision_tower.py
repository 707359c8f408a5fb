"""CLIP's vision transformer, computed with less work. Imports torch, so import it late.

Architecture: A. Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021 (arXiv 2010.11929),
as ``open_clip.transformer.VisionTransformer`` builds it. The vectors are the same, but the
computation differs:

* the vector is taken from the class token, so the last block computes only that token;
* normalising pixels, cutting them into patches and the first convolution are one matrix product;
* the attention's scale and the 1.702 of QuickGELU are in the weights;
* on a CPU, weights are stored once in oneDNN's own layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn
from torch.nn import functional

from tui.models.runtime.onednn import can_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

Activation = Literal["none", "gelu", "swish"]

_PIXEL = 256
"""Divisor of the bytes, which is exact in every number format; the weights compensate for it."""

_QUICK = 1.702
"""QuickGELU(x) = x sigmoid(1.702 x) = swish(1.702 x) / 1.702, with swish(x) = x sigmoid(x)."""

_FEW_TOKENS = 256
"""The most tokens for which plain products beat torch's blocked attention on a CPU."""

_PACK_ROWS = 400
"""Rows of the products that weights are packed for: eight pictures of ViT-B/32."""


class VisionTower(nn.Module):
    """Maps pictures, bytes of shape ``(n, 3, side, side)``, to features, shape ``(n, dim)``.

    Args:
        visual: the ``visual`` of an open_clip model for which ``fits`` is true.
        mean: of each channel, for pixels from 0 to 1.
        std: the standard deviation of each channel.
    """

    def __init__(self, visual: Any, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self._side = int(visual.patch_size[0])
        self._patches = _patches(visual.conv1.weight.detach(), mean, std)
        position = visual.positional_embedding.detach()
        self.start: torch.Tensor
        self.register_buffer("start", (visual.class_embedding.detach() + position[0]).clone())
        self.position: torch.Tensor
        self.register_buffer("position", position[1:].clone())
        self._before = visual.ln_pre
        blocks = list(visual.transformer.resblocks)
        self._blocks = nn.ModuleList(_Block(block, pooled=block is blocks[-1]) for block in blocks)
        self._after = visual.ln_post
        self.projection: torch.Tensor
        self.register_buffer("projection", visual.proj.detach())

    @staticmethod
    def fits(visual: Any) -> bool:
        """Whether a tower is the plain transformer, with the class token as its output."""
        from open_clip.transformer import VisionTransformer

        return (
            type(visual) is VisionTransformer
            and visual.attn_pool is None
            and visual.pool_type == "tok"
            and not visual.output_tokens
            and visual.proj is not None
            and visual.conv1.bias is None
            and len(set(visual.patch_size)) == len(set(visual.image_size)) == 1
            and visual.image_size[0] % visual.patch_size[0] == 0
            and isinstance(visual.patch_dropout, nn.Identity)
            and all(is_plain(block) for block in visual.transformer.resblocks)
        )

    def pack(self) -> None:
        """Store the weights in oneDNN's layout if torch can; afterwards they can't be changed."""
        for module in self.modules():
            if isinstance(module, _Linear):
                module.pack()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return one feature vector per picture."""
        rows, side = len(pixels), self._side
        grid = pixels.shape[2] // side
        cut = pixels.permute(0, 2, 3, 1).reshape(rows, grid, side, grid, side * 3).transpose(2, 3)
        cut = cut.to(self.start.dtype).reshape(rows, grid * grid, side * side * 3) / _PIXEL
        patches = self._patches(cut) + self.position
        hidden = torch.cat([self.start.expand(rows, 1, -1).to(patches.dtype), patches], dim=1)
        hidden = self._before(hidden)
        for block in self._blocks:
            hidden = block(hidden)
        features: torch.Tensor = self._after(hidden[:, 0]) @ self.projection
        return features


class _Linear(nn.Module):
    """A product with weights, with the bias and the activation fused into it."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor, activation: Activation = "none"
    ) -> None:
        super().__init__()
        self.weight: torch.Tensor
        self.register_buffer("weight", weight.detach())
        self.bias: torch.Tensor
        self.register_buffer("bias", bias.detach())
        self._activation = activation
        self._packed: torch.Tensor | None = None

    def pack(self) -> None:
        if not can_pack(self.weight):
            return
        self._packed = torch.ops.mkldnn._reorder_linear_weight(self.weight, _PACK_ROWS)
        self.weight = self.weight.new_empty(0)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if self._packed is not None:
            multiply = torch.ops.mkldnn._linear_pointwise
            packed: torch.Tensor = multiply(
                batch, self._packed, self.bias, self._activation, [], "none"
            )
            return packed
        out = functional.linear(batch, self.weight, self.bias)
        if self._activation == "gelu":
            return functional.gelu(out)
        return functional.silu(out) if self._activation == "swish" else out


class _Block(nn.Module):
    """One layer. The ``pooled`` one returns only the class token."""

    def __init__(self, block: Any, *, pooled: bool) -> None:
        super().__init__()
        attention, mlp = block.attn, block.mlp
        self._heads = int(attention.num_heads)
        self._pooled = pooled
        width = int(attention.embed_dim)
        scaled = torch.ones(3 * width)
        scaled[:width] = (width // self._heads) ** -0.5
        weight = attention.in_proj_weight.detach() * scaled[:, None]
        bias = attention.in_proj_bias.detach() * scaled
        first = width if pooled else 3 * width
        self._first = _Linear(weight[:first], bias[:first])
        self._key_value = _Linear(weight[first:], bias[first:]) if pooled else None
        self._out = _Linear(attention.out_proj.weight, attention.out_proj.bias)
        quick = not isinstance(mlp.gelu, nn.GELU)
        factor = _QUICK if quick else 1.0
        self._up = _Linear(
            mlp.c_fc.weight * factor, mlp.c_fc.bias * factor, "swish" if quick else "gelu"
        )
        self._down = _Linear(mlp.c_proj.weight / factor, mlp.c_proj.bias)
        self._norm1, self._norm2 = block.ln_1, block.ln_2

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        normal = self._norm1(hidden)
        if self._key_value is None:
            query, key, value = self._split(self._first(normal), 3)
        else:
            hidden = hidden[:, :1]
            (query,) = self._split(self._first(normal[:, :1].contiguous()), 1)
            key, value = self._split(self._key_value(normal), 2)
        mixed = _attend(query, key, value).transpose(1, 2).reshape(hidden.shape)
        hidden = hidden + self._out(mixed)
        out: torch.Tensor = hidden + self._down(self._up(self._norm2(hidden)))
        return out

    def _split(self, joint: torch.Tensor, parts: int) -> torch.Tensor:
        """Reshape ``(n, tokens, parts * width)`` to ``(parts, n, heads, tokens, width/heads)``."""
        rows, tokens, _ = joint.shape
        return joint.view(rows, tokens, parts, self._heads, -1).permute(2, 0, 3, 1, 4)


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return softmax(query key') value for queries that are already scaled."""
    if query.device.type != "cpu" or key.shape[2] > _FEW_TOKENS:
        return functional.scaled_dot_product_attention(query, key, value, scale=1.0)
    scores = query.contiguous() @ key.contiguous().transpose(-1, -2)
    return scores.softmax(dim=-1, dtype=torch.float32).to(value.dtype) @ value.contiguous()


def _patches(weight: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> _Linear:
    """Return the first convolution as a product with the bytes of a patch over ``_PIXEL``."""
    scale = torch.tensor(std).mul(255 / _PIXEL).reciprocal().view(1, 3, 1, 1)
    shift = (-torch.tensor(mean) / torch.tensor(std)).view(1, 3, 1, 1)
    by_pixel = (weight * scale).permute(0, 2, 3, 1).flatten(1).contiguous()
    return _Linear(by_pixel, (weight * shift).sum((1, 2, 3)))


def is_plain(block: Any) -> bool:
    """Whether a layer of open_clip is the standard one, without additions."""
    from open_clip.transformer import QuickGELU, ResidualAttentionBlock

    return (
        type(block) is ResidualAttentionBlock
        and isinstance(block.ls_1, nn.Identity)
        and isinstance(block.ls_2, nn.Identity)
        and not hasattr(block, "ln_1_kv")
        and block.attn.in_proj_weight is not None
        and block.attn.in_proj_bias is not None
        and (
            type(block.mlp.gelu) is QuickGELU
            or (type(block.mlp.gelu) is nn.GELU and block.mlp.gelu.approximate == "none")
        )
    )
