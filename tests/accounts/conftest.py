"""Hashing is slow on purpose; tests of sign-in hash a hundred times."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture(autouse=True)
def quick_hashing(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    factories._hashed.clear()
    yield
    factories._hashed.clear()
