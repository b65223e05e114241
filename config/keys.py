"""Keys: from the environment in production, else generated once into an ignored file of SONGHE_HOME."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def parse_keys(text: str) -> dict[int, bytes]:
    """``"1:<base64>,2:<base64>"`` -> {1: 32 bytes, 2: 32 bytes}; the highest version encrypts, all decrypt."""
    keys: dict[int, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        version, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
            keys[int(version)] = key
        except ValueError as error:
            raise ImproperlyConfigured("SONGHE_KEYS must read 1:<base64 of 32 bytes>[,2:…]") from error
        if len(key) != 32:
            raise ImproperlyConfigured(f"SONGHE_KEYS version {version} must be 32 bytes, not {len(key)}")
    if not keys:
        raise ImproperlyConfigured("SONGHE_KEYS is empty")
    return keys


def local_keys(home: Path) -> dict[str, str]:
    """The generated keys of a development installation (file mode 600), made on first use."""
    path = home / "keys.json"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SONGHE_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        temporary = home / f"keys.{os.getpid()}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        try:
            os.link(temporary, path)  # fails if another process was first: its keys win
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return json.loads(path.read_text())
