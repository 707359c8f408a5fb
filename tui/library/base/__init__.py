"""The parts that all libraries have in common: records, permissions, transfer."""
