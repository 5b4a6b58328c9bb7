"""Dreaming up scale invariance: an executable twin of arXiv:2506.04016."""
