"""Closer than a label: by voice, as NET rows, and why a label was given, with a check of that explanation."""
