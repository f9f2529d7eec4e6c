"""Choosing a model and writing text with it, in a process of its own."""
