"""The Hugging Face cache and downloads into it."""
