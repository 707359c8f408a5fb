"""EfficientNet-Lite0: from published weights to folded, quantised ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from tui.models.starter.efficientnet_lite0 import Lite0

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_EPSILON = 1e-3  # of the batch normalisations, TensorFlow's
_CLIPS = np.linspace(0.7, 1.0, 31)


def folded(weights: Sequence[torch.Tensor]) -> Lite0:
    """Return the network with each batch normalisation folded into the convolution before it.

    Args:
        weights: convolution weight, then scale, shift, mean, variance and a counter, for each
            layer; at the end the classifier's weight and bias.
    """
    network = Lite0()
    rest = iter(weights)
    with torch.no_grad():
        *convolutions, classifier = network.layers()
        for layer in convolutions:
            weight, scale, shift, mean, variance, _ = (next(rest) for _ in range(6))
            factor = scale.double() / torch.sqrt(variance.double() + _EPSILON)
            assert layer.bias is not None
            layer.weight.copy_(weight.double() * factor.view(-1, 1, 1, 1))
            layer.bias.copy_(shift.double() - mean.double() * factor)
        assert classifier.bias is not None
        classifier.weight.copy_(next(rest))
        classifier.bias.copy_(next(rest))
    return network.eval()


def tensors_of(network: Lite0) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the names and values that ``Lite0.fill`` takes."""
    for number, layer in enumerate(network.layers()):
        assert layer.bias is not None
        yield f"image.{number:02}.weight", layer.weight.detach().numpy()
        yield f"image.{number:02}.bias", layer.bias.detach().numpy()


def quantised(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 values and one scale an output channel.

    Each channel's largest value is clipped as far as that lowers its squared error.
    """
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    largest = np.abs(rows).max(axis=1) + 1e-12
    best = np.full(len(rows), np.inf)
    scales = largest / 127
    for clip in _CLIPS:
        scale = clip * largest / 127
        error = ((_rounded(rows, scale) * scale[:, None] - rows) ** 2).sum(axis=1)
        scales = np.where(error < best, scale, scales)
        best = np.minimum(error, best)
    return _rounded(rows, scales).astype(np.int8).reshape(weight.shape), scales.astype(np.float32)


def _rounded(rows: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.clip(np.round(rows / scale[:, None]), -127, 127)
    return values
