"""The files of a folder that are pictures, and what a scan leaves out."""
