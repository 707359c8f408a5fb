"""An album of rendered pictures that pass for photographs at the size of a thumbnail."""
