"""The live page: a network that learns before one's eyes."""
