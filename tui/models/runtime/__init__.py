"""The parts that all towers share: specification, number format, batches, resizing."""
