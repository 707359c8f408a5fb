"""Object storage: addresses, listing, reading, and copies of objects on disk."""
