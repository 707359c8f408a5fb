"""Terminal output and questions of the commands, and the signals that stop them."""
