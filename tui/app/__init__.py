"""The full-screen application; the only place that imports Textual."""
