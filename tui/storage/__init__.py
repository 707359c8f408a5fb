"""Files and folders, on disk and in object storage. May import core."""
