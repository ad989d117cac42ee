"""The sections of a report, one function each: material in, section out."""
