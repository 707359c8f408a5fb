"""The picture files of a folder, and the rules by which a scan skips files."""
