"""What the yearly reporting keeps. The tables themselves are declarations, not rows."""

from reports.models.narrative import NarrativeWording

__all__ = ["NarrativeWording"]
