"""Search over catalog and index in memory."""
