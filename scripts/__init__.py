"""What the Makefile runs before or around Django: standard library only, by the system's own Python."""
