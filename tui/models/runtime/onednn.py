"""Weights in the layout that oneDNN multiplies. Imports torch.

torch has these operators for its own compiler, which needs a C++ compiler on the machine; called
directly they need none. They compute the plain products and, in the same pass, an activation.
"""

from __future__ import annotations

import torch

_OPERATORS = ("_linear_pointwise", "_convolution_pointwise")


def can_pack(weight: torch.Tensor) -> bool:
    """Whether this torch supports it for a weight of this number format and device."""
    return (
        weight.device.type == "cpu"
        and weight.dtype in (torch.float32, torch.bfloat16)
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and all(hasattr(torch.ops.mkldnn, name) for name in _OPERATORS)
    )
