"""Freezing a year, reading it back byte for byte, and what became known afterwards."""
