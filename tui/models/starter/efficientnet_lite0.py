"""EfficientNet-Lite0 with its batch normalisations folded in, and the mixture that follows it.

Written out here because importing timm costs more time than embedding a hundred pictures.
Architecture: M. Tan and Q. Le, "EfficientNet", ICML 2019 (arXiv 1905.11946), in the Lite variant
without squeeze-and-excitation and with ReLU6. Imports torch, so import this module late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from tui.models.runtime.onednn import can_pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

MEAN, DEVIATION = 127.0, 128.0
"""For pixels from 0 to 255; both forms of normalised pixels are exact in bfloat16."""

SIDE, CLASSES, FEATURES = 224, 1000, 1280

_PACK_ROWS = 8
"""The batch size for which weights are packed; others give the same result."""

# repeats, kernel, stride of the first, expansion, output channels
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The parameters of the mixture of class scores.

    Attributes:
        power: class probabilities are raised to it before they are mixed.
        top: how many of the likeliest classes count.
        levelling: how far the lengths of mixtures are equalized, from 0 (not) to 1 (all are 1).
            A picture that resembles many things a little has a short mixture; with the length
            of a clear picture's, it would rank first for words that cover all these things.
    """

    power: float
    top: int
    levelling: float


class _Convolution(nn.Conv2d):
    """A convolution with TensorFlow's "same" padding, for inputs of even size; optional ReLU6."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        *,
        rectified: bool = True,
    ) -> None:
        even = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding=even, groups=groups)
        total = kernel - 2
        self._before, self._after = total // 2, total - total // 2
        self._rectified = rectified
        self._packed: torch.Tensor | None = None

    def pack(self, shape: Sequence[int]) -> None:
        """Store the weights for inputs of about this shape; afterwards they can't be changed."""
        weight = self.weight.detach()
        if can_pack(weight):
            reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
            self._packed = reorder(
                weight.to_mkldnn(), self.padding, self.stride, self.dilation, self.groups, shape
            )
            self.weight.data = weight.new_empty(0)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if self.stride[0] == 2:
            batch = functional.pad(batch, (self._before, self._after) * 2)
        if self._packed is None:
            out = super().forward(batch)
            return functional.relu6(out, inplace=True) if self._rectified else out
        packed: torch.Tensor = torch.ops.mkldnn._convolution_pointwise(
            batch,
            self._packed,
            self.bias,
            self.padding,
            self.stride,
            self.dilation,
            self.groups,
            *(("hardtanh", (0.0, 6.0), "") if self._rectified else ("none", (), "")),
        )
        return packed


class _Block(nn.Sequential):
    """Expand, filter each channel, project; add the input if the shapes allow it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        wide = inputs * expansion
        expand = [_Convolution(inputs, wide, 1)] if expansion > 1 else []
        super().__init__(
            *expand,
            _Convolution(wide, wide, kernel, stride, groups=wide),
            _Convolution(wide, outputs, 1, rectified=False),
        )
        self._adds = stride == 1 and inputs == outputs

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = super().forward(batch)  # type: ignore[no-untyped-call]
        return batch + out if self._adds else out


def _blocks() -> Iterator[_Block]:
    inputs = 32
    for repeats, kernel, first_stride, expansion, outputs in _STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            yield _Block(inputs, outputs, kernel, stride, expansion)
            inputs = outputs


class Lite0(nn.Module):
    """Maps pictures, ``(n, 3, 224, 224)``, values 0 to 255, to class scores, ``(n, 1000)``."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _Convolution(3, 32, 3, 2),
            *_blocks(),
            _Convolution(_STAGES[-1][-1], FEATURES, 1),
        )
        self.classifier = nn.Linear(FEATURES, CLASSES)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return class scores, before any softmax."""
        dtype = self.classifier.weight.dtype
        normal = (pixels.to(dtype) - MEAN) / DEVIATION
        scores: torch.Tensor = self.classifier(self.features(normal).mean((2, 3)))
        return scores

    def pack(self) -> None:
        """Store the weights in oneDNN's layout; afterwards they can't be changed."""
        side = SIDE
        for layer in self.layers():
            if isinstance(layer, _Convolution):
                inputs = layer.in_channels
                padding = layer.kernel_size[0] - 2 if layer.stride[0] == 2 else 0
                layer.pack((_PACK_ROWS, inputs, side + padding, side + padding))
                side //= layer.stride[0]

    def layers(self) -> list[nn.Conv2d | nn.Linear]:
        """Return the layers with weights, in the order of computation."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]

    def fill(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        """Set all weights from ``image.NN.weight`` and ``image.NN.bias``.

        Raises:
            KeyError, RuntimeError: a tensor is missing or has another shape.
        """
        with torch.no_grad():
            for number, layer in enumerate(self.layers()):
                assert layer.bias is not None
                layer.weight.copy_(torch.from_numpy(tensors[f"image.{number:02}.weight"]))
                layer.bias.copy_(torch.from_numpy(tensors[f"image.{number:02}.bias"]))


class ImageTower(nn.Module):
    """Maps pictures to the joint space: the mixture of the likeliest classes' prototypes.

    After ConSE (M. Norouzi et al., ICLR 2014, arXiv 1312.5650), with probabilities raised to a
    power. Returns unit vectors, ``(n, dim)``, float32.
    """

    def __init__(self, network: Lite0, prototypes: torch.Tensor, mixture: Mixture) -> None:
        super().__init__()
        self.network = network
        self.mixture = mixture
        self.prototypes: torch.Tensor
        self.register_buffer("prototypes", prototypes)

    def pack(self) -> None:
        """See ``Lite0.pack``."""
        self.network.pack()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return one vector a picture."""
        scores = self.network(pixels).float()
        with torch.autocast(scores.device.type, enabled=False):
            return mix(shares_of(scores, self.mixture), self.prototypes.float(), self.mixture)


def shares_of(scores: torch.Tensor, mixture: Mixture) -> torch.Tensor:
    """Return each class's share in a picture's mixture from its class scores."""
    best, which = scores.topk(mixture.top, dim=1)
    shares = torch.softmax(best * mixture.power, dim=1)
    return torch.zeros_like(scores).scatter(1, which, shares)


def mix(shares: torch.Tensor, prototypes: torch.Tensor, mixture: Mixture) -> torch.Tensor:
    """Return unit vectors with one more dimension than the prototypes.

    The last coordinate completes the mixture to unit length; it is 0 in all texts.
    """
    mixed = shares @ prototypes
    levelled = mixed / mixed.norm(dim=1, keepdim=True) ** mixture.levelling
    missing = 1 - levelled.square().sum(dim=1, keepdim=True)
    return torch.cat([levelled, missing.clamp(min=1e-6).sqrt()], dim=1)
