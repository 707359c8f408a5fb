"""Threads and child processes of the application."""
