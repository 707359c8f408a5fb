"""Embeds the terms of a query and combines them into one vector."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from tui.core.errors import ModelError
from tui.core.lru_cache import LruCache
from tui.models.runtime.prompt_templates import prompts_for
from tui.search.query.model_limits import limitation_hint
from tui.search.query.terms import Hint
from tui.search.ranking.example_images import ExampleImageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import TextEmbedder, Vectors
    from tui.search.query.terms import Query, Term
    from tui.search.ranking.example_images import ExampleImages
    from tui.search.ranking.query_vector_cache import QueryVectorCache
    from tui.search.ranking.ranking import Ranking


@runtime_checkable
class Lexical(Protocol):
    """A text tower with a limited vocabulary."""

    def unknown_words(self, text: str) -> list[str]:
        """Return the words of a text that are not in the vocabulary."""
        ...

    def knows(self, text: str) -> bool:
        """Whether a text has a word of the vocabulary; otherwise its vector is meaningless."""
        ...


_CACHED_TEXTS = 1024
_MIN_LENGTH = 1e-4
"""A shorter sum of terms, relative to the sum of their weights, is only rounding."""


class QueryVectors:
    """Computes the vectors of queries; not thread-safe.

    Args:
        model_id: the model.
        pictures: finds the vectors of pictures.
        saved: the vectors of earlier runs; None for none.
    """

    def __init__(
        self, model_id: str, pictures: ExampleImages, saved: QueryVectorCache | None = None
    ) -> None:
        self.embedder: TextEmbedder | None = None
        self._prompts = prompts_for(model_id)
        self._model_id = model_id
        self._pictures = pictures
        self._saved = saved
        self._texts: LruCache[str, Vectors] = LruCache(_CACHED_TEXTS)

    def attach(self, embedder: TextEmbedder) -> None:
        """Use a text tower for all further texts.

        Raises:
            ModelError: it is of another model.
        """
        if embedder.model_id != self._model_id:
            raise ModelError(
                f"The index is of the model {self._model_id}, not of {embedder.model_id}; "
                "choose the model that the folder was indexed with."
            )
        self.embedder = embedder

    def is_cached(self, query: Query) -> bool:
        """Whether the vector of every text is cached, so that no model is needed; thread-safe."""
        return all(term.text in self for term in query.terms if term.text)

    def __contains__(self, text: str) -> bool:
        return text in self._texts or (self._saved is not None and text in self._saved)

    def embed_terms(self, query: Query) -> tuple[list[tuple[Term, Vectors]], list[Hint]]:
        """Return each term's vector, and hints about the terms without one.

        Without a text tower, no term has a vector unless all texts are cached, since half a query
        would be a different query. A text with no known word has no vector either.
        """
        texts = [term.text for term in query.terms if term.text]
        if self.embedder is None and not self.is_cached(query):
            return [], []
        self._embed([text for text in dict.fromkeys(texts) if text not in self])
        parts: list[tuple[Term, Vectors]] = []
        hints = limitation_hint(query, self._model_id, self._unknown(texts))
        for term in query.terms:
            if term.text and self._lexical is not None and not self._lexical.knows(term.text):
                continue
            try:
                parts.append((term, self._vector(term)))
            except ExampleImageError as error:
                hints.append(Hint(str(error), 0, len(query.text), unread=True))
        return parts, hints

    def embed_query(self, query: Query) -> tuple[Query, Vectors | None]:
        """Return the vector of a query, and the query with hints about terms without a vector."""
        if query.only_browses:
            return query, None
        parts, hints = self.embed_terms(query)
        vector = combine_terms(parts)
        if parts and vector is None:
            hints = [*hints, Hint("These ideas cancel each other out.", 0, len(query.text))]
        if hints:
            query = replace(query, hints=(*query.hints, *hints))
        return query, vector

    def vector_of(self, ranking: Ranking) -> Vectors | None:
        """Return the vector of a ranking; embed its query again if another model made it."""
        stored = ranking.query_vector
        if stored is not None and stored.model_id == self._model_id:
            return stored.vector
        return self.embed_query(ranking.query)[1]

    def term_scores(self, query: Query, vector: Vectors) -> tuple[tuple[str, float], ...]:
        """Return each term of a query as text, and its cosine with a picture's vector."""
        parts, _ = self.embed_terms(query)
        return tuple((_term_text(term), float(vector @ part)) for term, part in parts)

    def remember(self, query: Query) -> None:
        """Save the vectors of a query's texts for later runs.

        Texts with unknown words are not saved, since only the tower can tell which words these are.
        """
        if self._saved is not None:
            texts = [term.text for term in query.terms if term.text]
            vectors = {text: self._cached(text) for text in texts if not self._unknown([text])}
            self._saved.add({text: row for text, row in vectors.items() if row is not None})

    @property
    def _lexical(self) -> Lexical | None:
        return self.embedder if isinstance(self.embedder, Lexical) else None

    def _unknown(self, texts: Sequence[str]) -> list[str]:
        """Return the words of these texts that the model does not know."""
        lexical = self._lexical
        return [] if lexical is None else [w for text in texts for w in lexical.unknown_words(text)]

    def _vector(self, term: Term) -> Vectors:
        if term.like is not None:
            return self._pictures.vector(term.like)
        vector = self._cached(term.text)
        assert vector is not None  # `_embed` has just cached it
        return vector

    def _cached(self, text: str) -> Vectors | None:
        vector = self._texts.find(text)
        if vector is None and self._saved is not None:
            vector = self._saved.get(text)
        return vector

    def _embed(self, texts: Sequence[str]) -> None:
        """Embed all texts in one batch, each as the mean over its prompts."""
        if not texts or self.embedder is None:
            return
        prompted = [prompt.replace("{}", text) for text in texts for prompt in self._prompts]
        rows = self.embedder.embed_text(prompted)
        if len(self._prompts) > 1:
            rows = rows.reshape(len(texts), len(self._prompts), -1).mean(axis=1)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        for text, row in zip(texts, rows, strict=True):
            self._texts.put(text, row)


def _term_text(term: Term) -> str:
    return str(replace(term, weight=1.0)) if term.like is not None else term.text


def combine_terms(parts: Sequence[tuple[Term, Vectors]]) -> Vectors | None:
    """Return the weighted sum of terms as a unit vector, float32, shape ``(dim,)``.

    If all weights are negative, the best match is the picture least similar to the terms. None if
    there are no terms, or if they cancel each other out.
    """
    if not parts:
        return None
    if len(parts) == 1 and parts[0][0].weight > 0:
        return parts[0][1]
    total = np.sum([vector * np.float64(term.weight) for term, vector in parts], axis=0)
    length = float(np.linalg.norm(total))
    if length < _MIN_LENGTH * sum(abs(term.weight) for term, _ in parts):
        return None
    return np.asarray(total / length, dtype=np.float32)
