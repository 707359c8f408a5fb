"""What commands print and ask in a terminal, and how they are stopped."""
