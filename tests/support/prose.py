"""Phrases that the prose rules of ``.github/CONTRIBUTING.md`` replace, and a search for them.

    python -m tests.support.prose [--tree CHECKOUT]

counts the words that people read in a checkout, and the banned phrases in them.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
CODE = ("run_project.py", "tui", "tests")
"""Files and folders whose strings, docstrings, comments and test names are prose."""

WORD_LISTS = (
    "tests/support/prose.py",
    "tui/models/starter/limits.py",
    "tui/models/starter/training/scenes.py",
)
"""Modules with lists of words or phrases, which the rules don't concern."""


class Phrase(NamedTuple):
    """A banned phrase: its pattern, in lower case, the words to use instead, and two examples.

    The rule rejects ``example`` and accepts ``ordinary``.
    """

    pattern: str
    advice: str
    example: str
    ordinary: str


PHRASES = (
    Phrase(
        r"(?<![~/])(no|some|every)body|whoever|one's",
        "name the person or the program",
        "Nobody is there to ask.",
        "No body of an answer; some bodies",
    ),
    Phrase(r"at hand", "current, local, available", "a library at hand", "a handle at the top"),
    Phrase(
        r"(go|goes|going|went|gone) on",
        "continue, resume",
        "the next run goes on from there",
        "the cargo online",
    ),
    Phrase(
        r"from now on",
        "say which event changes it",
        "From now on by meaning",
        "from the catalog; now only",
    ),
    Phrase(
        r"(let|lets|letting) go",
        "release, discard",
        "Let go of the picture",
        "let a goldfish swim",
    ),
    Phrase(r"in the place of", "instead of", "a copy in the place of it", "in place; the place"),
    Phrase(r"in circles", "redirect loop", "leads the file in circles", "import circles"),
    Phrase(r"not soon", "write a whole sentence", "Not soon: it is fast", "not as soon as"),
    Phrase(r"anew", "again", "drawn anew", "a new picture"),
    Phrase(r"outlives?", "stays, remains valid", "it outlives the run", "the outline lives on"),
    Phrase(r"likeness", "similarity", "their likeness", "the likelihood"),
    Phrase(r"of (yours|theirs)", "your, their", "a folder of yours", "of their own"),
    Phrase(r"(un)?foreseen", "unexpected", "an unforeseen error", "foreground"),
    Phrase(
        r"puts? right|mend(s|ed|ing)?",
        "repair, fix",
        "counts that are put right",
        "amended; on the right",
    ),
    Phrase(
        r"by (itself|themselves)",
        "automatically",
        "tried again by itself",
        "the file itself; by their names",
    ),
    Phrase(r"there twice", "duplicate", "nothing is there twice", "called twice there"),
    Phrase(r"could go", "can be removed", "3 files could go", "could not go back"),
    Phrase(r"came damaged", "is corrupted", "the file came damaged", "a damaged file"),
    Phrase(
        r"stopped coming",
        "the download stopped",
        "the bytes stopped coming",
        "the coming release stopped",
    ),
    Phrase(r"as it was asked for", "selected", "CLIP, as it was asked for", "as it was"),
    Phrase(r"unless given", "by default", "0.95 unless given", "the given folder, unless empty"),
    Phrase(r"on its way", "loading", "The model is on its way.", "in its own way"),
    Phrase(
        r"(has|have) gone|(is|are|was|were) gone",
        "is unavailable, was removed, has ended",
        "the copy to keep is gone",
        "a missing copy",
    ),
    Phrase(
        r"in the same breath",
        "at the same time",
        "read in the same breath",
        "in the same folder",
    ),
    Phrase(
        r"(in|of|at|through) the house|(a|the|no) door|crew|shelf|ledger|furnish",
        "name the thing without a metaphor",
        "one way through the house",
        "a house of brick, seen from the next door",
    ),
    Phrase(
        r"(is|are|was|were|be|been) (left out|let be)|leaves? out",
        "skip, omit",
        "deleted files are left out",
        "the left column is out of sight",
    ),
    Phrase(
        r"(is|are|was|were|be) said(?! to\b)",
        "report, show",
        "a mistake is said with its line",
        "the sentence says it; it is said to be fast",
    ),
    Phrase(
        r"(tell|tells|told) of",
        "report",
        "a network drive is told of",
        "told apart; tell the terminal",
    ),
    Phrase(
        r"(is|are|was|were|be) looked at",
        "check, read",
        "each file is looked at",
        "the user looked at it",
    ),
    Phrase(
        r"who may only",
        "read-only user",
        "who may only read gets all",
        "a user who may write",
    ),
    Phrase(
        r"(?<!there\s)(is|are|was|were) no (error|failure|file|folder|picture|duplicate|copy|"
        r"catalog|address|command|terminal|filter|choice)",
        "is not a ...",
        "a link is no copy",
        "if there is no copy, no file is read; is no longer a file",
    ),
    Phrase(
        r"(is|are|was|were|be) away(?! from\b)",
        "unavailable",
        "the server is away",
        "two steps away; is away from it",
    ),
    Phrase(
        r"(lies?) (in|at|below|beside|behind|on)",
        "is in",
        "the file lies in the cache",
        "the lie is a line; relies on it",
    ),
    Phrase(r"without end", "endless", "keys without end", "without ending the run"),
    Phrase(
        r"(as|what) one (sees|likes|does|types)",
        "the user, or the passive",
        "the list, as one sees it",
        "as one number; what one file has",
    ),
    Phrase(
        r"words of grammar",
        "function words",
        "words of grammar don't count",
        "the grammar of words",
    ),
    Phrase(
        r"what (is|was|are) (there|typed|asked for|kept|in it)",
        "name the thing",
        "remove what is there",
        "what there is to show; what is a type",
    ),
    Phrase(r"in peace", "in order", "ends in peace", "in pieces"),
)


def _compiled(phrase: Phrase) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{phrase.pattern})\b".replace(" ", r"\s+"))


_PATTERNS = {_compiled(phrase): phrase.advice for phrase in PHRASES}
_BREAK = "\n"
_INDENTED_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def banned_phrases(text: str) -> list[str]:
    """Return each banned phrase in a text with the number of its line and the advice."""
    lowered = _INDENTED_BREAK.sub(_BREAK, text.lower())
    return [
        f"line {1 + lowered.count(_BREAK, 0, match.start())}: {match[0]!r}; better: {advice}"
        for pattern, advice in _PATTERNS.items()
        for match in pattern.finditer(lowered)
    ]


def modules(root: Path = ROOT, code: Iterable[str] = CODE) -> list[Path]:
    """Return the modules of a checkout whose prose follows the rules."""
    paths = [root / name for name in code]
    files = {file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))}
    return sorted(files - {root / name for name in WORD_LISTS})


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the prose of a module, each text with the number of its line.

    It consists of the strings, docstrings and comments, and of the words in the names of tests.
    """
    source = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node.name):
            yield node.lineno, node.name.replace("_", " ")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _is_test(name: str) -> bool:
    return name.startswith("test_")


def count_words(texts: Iterable[str]) -> int:
    """Count the words in texts of at least two words; others are names, not prose."""
    counts = (len(_WORD.findall(text)) for text in texts)
    return sum(count for count in counts if count > 1)


def figures(root: Path) -> list[tuple[str, int]]:
    """Return the rows of the table for a checkout, each a label and a number."""
    documents = sorted(
        file
        for file in root.rglob("*.md")
        if "licences" not in file.parts and not file.is_relative_to(root / ".venv")
    )
    texts = {file: file.read_text(encoding="utf-8") for file in documents}
    code = {
        name: [text for file in modules(root, [name]) for _, text in texts_of(file)]
        for name in ("tui", "tests")
    }
    every = [*texts.values(), *code["tui"], *code["tests"]]
    return [
        ("words of README.md", len(texts[root / "README.md"].split())),
        ("words of all documents", sum(len(text.split()) for text in texts.values())),
        ("words of strings, docstrings and comments in tui", count_words(code["tui"])),
        ("the same and test names in tests", count_words(code["tests"])),
        ("banned phrases", sum(len(banned_phrases(text)) for text in every)),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Count the words that people read.")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout to read")
    for label, number in figures(parser.parse_args().tree.resolve()):
        print(f"{label:<50} {number:>9,}")


if __name__ == "__main__":
    main()
