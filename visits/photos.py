"""Photos of visits: checked by common.photos, sealed on disk."""

from __future__ import annotations

from common.crypto import unseal_bytes
from visits.models import VisitPhoto

PER_VISIT = 4


def read_photo(photo: VisitPhoto) -> bytes:
    """The clear JPEG of a stored photo."""
    with photo.file.open("rb") as file:
        return unseal_bytes(file.read())
