"""What every library has in common: records, permissions, transfer."""
