"""The language: sentences, quotes, voices, targets and names, and what may be swapped or negated in a sentence that stays Dutch."""
