"""The live page: watch a real network learn, gate by gate."""
