"""CLIP's tokenizer without open_clip, whose import is slow. Imports torch, so import it late.

The vocabulary is a file of open_clip; A. Radford et al., "Learning Transferable Visual Models From
Natural Language Supervision", 2021, section 2.4: lower-cased byte pair encoding, with a token
before and one after the text.
"""

from __future__ import annotations

import gzip
import html
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

_MERGES = 49_152 - 256 - 2
"""The number of merges in use: the vocabulary has two tokens for each byte, these, and two more."""

_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
_WORD_END = "</w>"


class ClipTokens:
    """Converts texts to token ids, int64, shape ``(n, length)``, padded with zeros.

    Args:
        length: the most tokens, including those before and after the text.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._tokenizer = _tokenizer(_file())
        self._first = self._tokenizer.get_vocab_size()
        self._last = self._first + 1

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """Return one row per text; longer texts are truncated."""
        rows = torch.zeros(len(texts), self._length, dtype=torch.long)
        encodings = self._tokenizer.encode_batch([clean(text) for text in texts])
        for row, encoding in zip(rows, encodings, strict=True):
            ids = [self._first, *encoding.ids[: self._length - 2], self._last]
            row[: len(ids)] = torch.tensor(ids)
        return rows


def clean(text: str) -> str:
    """Normalize a text as for CLIP's training: encoding repaired, no entities, lower case."""
    text = text.encode("utf-8", "replace").decode()
    if not text.isascii() or not text.isprintable():
        import ftfy  # slow to import, and not needed for plain text

        text = ftfy.fix_text(text)
    return " ".join(html.unescape(html.unescape(text)).split()).lower()


def _file() -> Path:
    package = importlib.util.find_spec("open_clip")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("open_clip")
    return Path(package.origin).parent / "bpe_simple_vocab_16e6.txt.gz"


def _tokenizer(file: Path) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    lines = gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")
    pairs = (line.split() for line in lines[1 : _MERGES + 1])
    merges = [(left, right) for left, right in pairs]
    letters = [letter for _, letter in sorted(_byte_letters().items(), key=_byte_order)]
    words = [*letters, *(letter + _WORD_END for letter in letters), *map("".join, merges)]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, end_of_word_suffix=_WORD_END))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def _byte_letters() -> dict[int, str]:
    """Return the letter for each byte: itself if it is printable, otherwise one after 255."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in shown}
    unprintable = [byte for byte in range(256) if byte not in letters]
    return letters | {byte: chr(256 + offset) for offset, byte in enumerate(unprintable)}


def _byte_order(item: tuple[int, str]) -> int:
    return ord(item[1])
