"""The built-in model: images and English words in one space, without any download.

A picture's vector is the mixture of the prototypes of the likeliest of ImageNet's thousand classes
(``tui.models.starter.efficientnet_lite0``); a text's vector is the sum of the meanings of its words
and phrases, in terms of these classes and of the broader words above them. The model knows things,
not people, colours or actions; see ``data/MODEL_CARD.md``. The text side needs only NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.models.starter.lexicon import Lexicon
from tui.models.starter.model_file import STARTER_FILE, damaged_error, dequantise, read_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from tui.core.domain import Pixels, Vectors
    from tui.models.runtime.precision import NumberFormat

MODEL_ID = "starter-2"
"""Must change whenever the vectors of the model file change."""

DIM = 256
IMAGE_SIZE = 224
_CROP = 0.875  # of the resized picture's shorter side, as the network was trained


class StarterText:
    """The text side; loads in milliseconds.

    A text without a known word (empty, punctuation, another language) gets the mean of all classes,
    normalised: it is about equally near to every picture.

    Args:
        path: the model file.

    Raises:
        ModelError: the model file is missing or damaged.
    """

    model_id = MODEL_ID
    dim = DIM

    def __init__(self, path: Path = STARTER_FILE) -> None:
        import numpy as np

        tensors, _ = read_part(path, "text", MODEL_ID)
        try:
            entries = tensors["text.entries"].tobytes().decode("ascii").split("\n")
            self._offsets: NDArray[Any] = tensors["text.offsets"].astype(np.int64)
            self._concepts = tensors["text.concepts"]
            self._shares = tensors["text.shares"].astype(np.float32)
            self._weights = tensors["text.weights"].astype(np.float32)
            self._basis = _padded(dequantise(tensors, "text.basis"))
            self._unknown = _unit(_padded(tensors["text.unknown"]))
        except (KeyError, ValueError) as error:
            raise damaged_error(path) from error
        if self._basis.shape[1:] != (DIM,) or not (
            len(entries) == len(self._weights) == len(self._offsets) - 1
        ):
            raise damaged_error(path)
        self._lexicon = Lexicon(entries)

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, float32, shape ``(len(texts), dim)``."""
        import numpy as np

        vectors = np.empty((len(texts), DIM), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._embed(text)
        return vectors

    def unknown_words(self, text: str) -> list[str]:
        """Return the words of a text that this model does not know."""
        return self._lexicon.unknown(text)

    def knows(self, text: str) -> bool:
        """Whether this model knows a word of a text; otherwise its vector is meaningless."""
        return self._lexicon.knows(text)

    def _embed(self, text: str) -> Vectors:
        import numpy as np

        total = np.zeros(DIM, dtype=np.float32)
        for numbers in self._lexicon.find(text):
            for number in numbers:
                total += self._meaning(number) / len(numbers)
        return _unit(total) if total.any() else self._unknown

    def _meaning(self, number: int) -> Vectors:
        """Return an entry's direction, scaled by how much the entry says about a picture."""
        import numpy as np

        part = slice(self._offsets[number], self._offsets[number + 1])
        direction = _unit(self._shares[part] @ self._basis[self._concepts[part]])
        return direction * np.float32(self._weights[number])


class StarterImages:
    """The image side: EfficientNet-Lite0 and the mixture of class prototypes.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        threads: torch's threads, for the whole process; None to leave them unchanged.
        form: the number format; None for the fastest that equals float32.
        data_dir: the folder of the saved number format; without it and without ``form``,
            float32 is used.
        path: the model file.

    Raises:
        ModelError: the model file is missing or damaged, or there is no such device.
    """

    model_id = MODEL_ID
    dim = DIM
    image_size = IMAGE_SIZE

    def __init__(
        self,
        device: str = "auto",
        *,
        threads: int | None = None,
        form: NumberFormat | None = None,
        data_dir: Path | None = None,
        path: Path = STARTER_FILE,
    ) -> None:
        import torch

        from tui.models.runtime.precision import pick_device
        from tui.models.runtime.tower import Tower

        if threads:
            torch.set_num_threads(threads)
        self._tower = Tower(_image_module(path), pick_device(device))
        if form is not None:
            self._tower.convert_to(form)
        elif data_dir is not None:
            self._tower.choose_format(MODEL_ID, "image", data_dir)

    @property
    def form(self) -> NumberFormat:
        """The number format it runs in."""
        return self._tower.form

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop an upright RGB picture; shape ``(1, 224, 224, 3)``."""
        from tui.models.runtime.resize import resize

        # Resize the square in the middle straight to its final size, to read only the needed
        # pixels.
        side = max(1, round(min(image.size) * _CROP))
        left, top = ((length - side) // 2 for length in image.size)
        square = image.crop((left, top, left + side, top + side))
        return resize(square, (IMAGE_SIZE, IMAGE_SIZE), "bicubic")[None]

    def embed_images(self, pixels: Pixels) -> Vectors:
        """Return one unit vector a prepared picture, float32, shape ``(n, dim)``."""
        import numpy as np

        if not len(pixels):
            return np.empty((0, DIM), dtype=np.float32)
        return self._tower(self._batch(pixels))

    @staticmethod
    def _batch(pixels: Pixels) -> Any:
        import torch

        # A view: (n, 3, side, side) in channels-last order without moving a byte.
        writeable = pixels if pixels.flags.writeable else pixels.copy()
        return torch.from_numpy(writeable).permute(0, 3, 1, 2)


def _image_module(path: Path) -> Any:
    import torch

    from tui.models.starter.efficientnet_lite0 import ImageTower, Lite0, Mixture

    tensors, settings = read_part(path, "image", MODEL_ID)
    try:
        mixture = settings["mixture"]
        network = Lite0()
        names = [name for name in tensors if name.endswith((".weight", ".bias"))]
        network.fill({name: dequantise(tensors, name) for name in names})
        prototypes = torch.from_numpy(dequantise(tensors, "image.prototypes"))
        return ImageTower(network, prototypes, Mixture(**mixture))
    except (KeyError, TypeError, RuntimeError) as error:
        raise damaged_error(path) from error


def _padded(vectors: Vectors) -> Vectors:
    """Return texts' vectors with the coordinate that only pictures use.

    See `tui.models.starter.efficientnet_lite0.mix`.
    """
    import numpy as np

    return np.pad(vectors, [(0, 0)] * (vectors.ndim - 1) + [(0, 1)])


def _unit(vector: Vectors) -> Vectors:
    import numpy as np

    return vector / np.float32(np.sqrt(vector @ vector))
