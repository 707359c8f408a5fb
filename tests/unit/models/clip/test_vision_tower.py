"""The fast vision transformer compared with open_clip's own, with random weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tui.models.clip.vision_tower import VisionTower
from tui.models.runtime.tower import Tower

if TYPE_CHECKING:
    from tui.core.domain import Vectors

MEAN, STD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
SMALL = {"image_size": 32, "patch_size": 8, "width": 48, "layers": 3, "heads": 4, "mlp_ratio": 4.0}


def a_transformer(**options: Any) -> Any:
    from open_clip.transformer import VisionTransformer

    torch.manual_seed(2)
    visual = VisionTransformer(**SMALL | {"output_dim": 20} | options).eval()
    with torch.no_grad():
        for name, parameter in visual.named_parameters():
            if name.endswith("bias"):  # They begin as zeros, which would hide a missing one.
                parameter.normal_(std=0.3)
    return visual


def some_pictures(side: int = 32) -> torch.Tensor:
    """Return bytes as embedders pass them on: ``(n, 3, side, side)``, channels last."""
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (11, side, side, 3), dtype=np.uint8)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def cosines(one: Vectors, other: Vectors) -> Any:
    return (one * other).sum(axis=1)


def quick_gelu() -> Any:
    from open_clip.transformer import QuickGELU

    return {"act_layer": QuickGELU}


@pytest.mark.parametrize(
    "options",
    [
        {},
        quick_gelu(),
        {"heads": 3, "layers": 1},
        {"image_size": 136},  # 290 tokens
        {"final_ln_after_pool": True},
        {"no_ln_pre": True},
    ],
    ids=["gelu", "quick-gelu", "one-layer", "many-tokens", "norm-after", "no-norm-before"],
)
@pytest.mark.parametrize("form", ["float32", "bfloat16", "autocast"])
def test_vectors_equal_those_of_the_plain_tower(options: dict[str, Any], form: Any) -> None:
    visual = a_transformer(**options)
    batch = some_pictures(options.get("image_size", 32))
    expected = Tower(visual, "cpu", normal=(MEAN, STD))(batch)
    assert VisionTower.fits(visual)
    quick = Tower(VisionTower(visual, MEAN, STD), "cpu")
    quick.convert_to(form)
    assert cosines(quick(batch), expected).min() >= (1 - 1e-5 if form == "float32" else 0.999)


def test_a_picture_has_the_same_vector_alone_and_in_a_batch() -> None:
    quick = Tower(VisionTower(a_transformer(), MEAN, STD), "cpu")
    quick.convert_to("bfloat16")
    batch = some_pictures()
    alone = np.concatenate([quick(one[None]) for one in batch])
    assert cosines(alone, quick(batch)).min() > 0.9999


@pytest.mark.parametrize(
    "options",
    [
        {"pool_type": "avg"},
        {"attentional_pool": True, "attn_pooler_heads": 4},
        {"ls_init_value": 0.1},
        {"scale_fc": True},
        {"output_tokens": True},
        {"patch_dropout": 0.5},
        {"image_size": (32, 40)},
    ],
    ids=str,
)
def test_a_differently_built_tower_is_not_replaced(options: dict[str, Any]) -> None:
    assert not VisionTower.fits(a_transformer(**options))


def test_a_tower_of_another_kind_is_not_replaced() -> None:
    assert not VisionTower.fits(torch.nn.Linear(3, 3))
