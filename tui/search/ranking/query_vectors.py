"""From the ideas of a query to one vector."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from tui.core.domain import ModelError
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
    """A text tower that knows certain words alone."""

    def unknown_words(self, text: str) -> list[str]:
        """The words of a text that say nothing to the model."""
        ...

    def knows(self, text: str) -> bool:
        """Whether a text says anything to the model; if not, its vector means nothing."""
        ...


_KEPT = 1024
_NOTHING = 1e-4
"""A sum of ideas that is shorter than that, by the sum of their weights, says nothing."""


class QueryVectors:
    """Makes the vectors of queries; not thread-safe.

    Args:
        model_id: the model.
        pictures: finds the vectors of pictures.
        kept: the vectors of earlier runs; None for none.
    """

    def __init__(
        self, model_id: str, pictures: ExampleImages, kept: QueryVectorCache | None = None
    ) -> None:
        self.embedder: TextEmbedder | None = None
        self._prompts = prompts_for(model_id)
        self._model_id = model_id
        self._pictures = pictures
        self._kept = kept
        self._texts: LruCache[str, Vectors] = LruCache(_KEPT)

    def attach(self, embedder: TextEmbedder) -> None:
        """Embed texts with it from now on.

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
        """Whether every text is at hand, so that no model is needed; from any thread."""
        return all(term.text in self for term in query.terms if term.text)

    def __contains__(self, text: str) -> bool:
        return text in self._texts or (self._kept is not None and text in self._kept)

    def embed_terms(self, query: Query) -> tuple[list[tuple[Term, Vectors]], list[Hint]]:
        """Return each idea's vector, and what is to be said of those that have none.

        While there is no text tower, no idea has one unless all its texts were met before: half a
        query would be another one. A text of which the model knows no word has none either.
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
        """Return a query with hints at what has no vector, and the vector of all its ideas."""
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
        """Return the vector that a ranking was made with; anew where another model made it."""
        before = ranking.query_vector
        if before is not None and before.model_id == self._model_id:
            return before.vector
        return self.embed_query(ranking.query)[1]

    def term_scores(self, query: Query, vector: Vectors) -> tuple[tuple[str, float], ...]:
        """Return each idea of a query as it is shown, and its cosine with a picture's vector."""
        parts, _ = self.embed_terms(query)
        return tuple((_shown(term), float(vector @ part)) for term, part in parts)

    def remember(self, query: Query) -> None:
        """Write the vectors of a query's texts to the disk, for later runs.

        Those with words that the model doesn't know are left out: what is known of a text is
        asked of the tower.
        """
        if self._kept is not None:
            texts = [term.text for term in query.terms if term.text]
            known = {text: self._known(text) for text in texts if not self._unknown([text])}
            self._kept.add({text: found for text, found in known.items() if found is not None})

    @property
    def _lexical(self) -> Lexical | None:
        return self.embedder if isinstance(self.embedder, Lexical) else None

    def _unknown(self, texts: Sequence[str]) -> list[str]:
        """Return the words of some texts that say nothing to the model."""
        lexical = self._lexical
        return [] if lexical is None else [w for text in texts for w in lexical.unknown_words(text)]

    def _vector(self, term: Term) -> Vectors:
        if term.like is not None:
            return self._pictures.vector(term.like)
        found = self._known(term.text)
        assert found is not None  # embedded just now
        return found

    def _known(self, text: str) -> Vectors | None:
        found = self._texts.find(text)
        if found is None and self._kept is not None:
            found = self._kept.get(text)
        return found

    def _embed(self, texts: Sequence[str]) -> None:
        """Have all texts embedded at once, each as the mean of what its prompts give."""
        if not texts or self.embedder is None:
            return
        prompted = [prompt.replace("{}", text) for text in texts for prompt in self._prompts]
        rows = self.embedder.embed_text(prompted)
        if len(self._prompts) > 1:
            rows = rows.reshape(len(texts), len(self._prompts), -1).mean(axis=1)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        for text, row in zip(texts, rows, strict=True):
            self._texts.put(text, row)


def _shown(term: Term) -> str:
    return str(replace(term, weight=1.0)) if term.like is not None else term.text


def combine_terms(parts: Sequence[tuple[Term, Vectors]]) -> Vectors | None:
    """Add ideas up by their weights; a unit vector, float32, shape ``(dim,)``.

    Where all weights are negative, the best match is the one that is least like the ideas. None
    where the ideas cancel each other out, or there are none.
    """
    if not parts:
        return None
    if len(parts) == 1 and parts[0][0].weight > 0:
        return parts[0][1]
    total = np.sum([vector * np.float64(term.weight) for term, vector in parts], axis=0)
    length = float(np.linalg.norm(total))
    if length < _NOTHING * sum(abs(term.weight) for term, _ in parts):
        return None
    return np.asarray(total / length, dtype=np.float32)
