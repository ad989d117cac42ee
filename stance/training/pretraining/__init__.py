"""Adapts an encoder to texts, or makes a smaller one of it: the texts and windows, the objectives, the run and what it writes."""
