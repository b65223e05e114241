"""Data quality: what may be wrong with a person's file (rules), and how well a unit keeps its files (scores)."""
