"""What is on disk, and what is known of it."""
