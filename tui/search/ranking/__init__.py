"""Query vector, candidates, fusion, folding and relevance: the same for both backends."""
