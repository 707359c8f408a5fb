"""What every tower shares: specification, number format, batches, resizing."""
