"""The texts that represent a query: the query itself, or a caption as in the training.

CLIP was trained on captions, and its authors found that "a photo of a {label}." does better than a
bare label (A. Radford et al., "Learning Transferable Visual Models From Natural Language
Supervision", 2021, section 3.1.4: 1.3 % on ImageNet), and the mean over several such texts better
still. A query is often already a caption, so the ensemble here is the query itself and the same as
a photo's caption, without an article. That choice follows the paper; no published weights were
available to measure it with.

The built-in model ignores such words, so that a caption gives the same vector. It gets only the
query.
"""

from __future__ import annotations

_AS_IT_STANDS = ("{}",)
_CAPTIONS = ("{}", "a photo of {}.")


def prompts_for(model_id: str) -> tuple[str, ...]:
    """Return the templates of the texts whose mean vector represents a query."""
    return _CAPTIONS if model_id.startswith("open_clip:") else _AS_IT_STANDS
