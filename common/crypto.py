"""Encryption at rest: sealed text and files, and keyed digests to find them by.

Keys come from ``settings.SONGHE_KEYS`` (version -> 32 bytes). New text is sealed with the version
``settings.SONGHE_KEY_VERSION``; older versions still open what they sealed. Each use has a sub-key of its
own (HKDF). Digests do not rotate with the versions: they hang on the lowest version, which therefore must
stay in the settings for as long as the data lives.
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12
_TAG = 16
_TOKEN = re.compile(r"k(\d{1,6}):([A-Za-z0-9_-]+={0,2})")
_FILE = re.compile(rb"k(\d{1,6}):", re.ASCII)


class SealError(ValueError):
    """A token that is not ours, was altered, or needs a key that the settings no longer hold."""


@lru_cache(maxsize=256)
def _subkey(key: bytes, use: str) -> bytes:
    if len(key) != 32:
        raise ValueError("an encryption key has 32 bytes")
    return HKDF(algorithm=SHA256(), length=32, salt=b"songhe", info=use.encode()).derive(key)


@lru_cache(maxsize=64)
def _cipher(key: bytes, use: str) -> AESGCM:
    return AESGCM(_subkey(key, use))


def _cipher_of(version: int, use: str) -> AESGCM:
    key = settings.SONGHE_KEYS.get(version)
    if key is None:
        raise SealError(f"no key of version {version}")
    return _cipher(key, use)


def _open(version: int, use: str, header: bytes, sealed: bytes) -> bytes:
    if len(sealed) < _NONCE + _TAG:
        raise SealError("too short to be sealed")
    try:
        return _cipher_of(version, use).decrypt(sealed[:_NONCE], sealed[_NONCE:], header)
    except InvalidTag:
        raise SealError("altered, or sealed with another key") from None


def seal_many(texts: Iterable[str]) -> list[str]:
    """Seal many texts at once; a blank text stays blank."""
    values = list(texts)
    version = settings.SONGHE_KEY_VERSION
    encrypt, encode = _cipher_of(version, "text").encrypt, base64.urlsafe_b64encode
    prefix = f"k{version}:"
    header = prefix.encode()
    nonces = os.urandom(_NONCE * len(values))
    sealed = []
    for position, text in enumerate(values):
        if not text:
            sealed.append("")
            continue
        nonce = nonces[position * _NONCE : (position + 1) * _NONCE]
        sealed.append(prefix + encode(nonce + encrypt(nonce, text.encode(), header)).decode("ascii"))
    return sealed


def seal(text: str) -> str:
    """``k<version>:<base64url of nonce, ciphertext and tag>``; a blank text stays blank."""
    if not text:
        return ""
    version = settings.SONGHE_KEY_VERSION
    prefix = f"k{version}:"
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher_of(version, "text").encrypt(nonce, text.encode(), prefix.encode())
    return prefix + base64.urlsafe_b64encode(sealed).decode("ascii")


def unseal(token: str) -> str:
    """The text of a token; SealError when anything about it is not as ``seal`` made it."""
    if not token:
        return ""
    match = _TOKEN.fullmatch(token)
    if not match:
        raise SealError("not a sealed text")
    version, body = match.groups()
    try:
        sealed = base64.urlsafe_b64decode(body)
    except binascii.Error:
        raise SealError("not a sealed text") from None
    if base64.urlsafe_b64encode(sealed).decode("ascii") != body:
        raise SealError("altered")  # unused bits of the last character
    return _open(int(version), "text", f"k{version}:".encode(), sealed).decode()


def key_version(token: str) -> int | None:
    """The key version of a token, so that a rotation finds what is left to seal anew."""
    match = _TOKEN.fullmatch(token)
    return int(match[1]) if match else None


def seal_bytes(content: bytes) -> bytes:
    """As ``seal``, for the content of a file."""
    version = settings.SONGHE_KEY_VERSION
    header = f"k{version}:".encode()
    nonce = os.urandom(_NONCE)
    return header + nonce + _cipher_of(version, "file").encrypt(nonce, content, header)


def unseal_bytes(sealed: bytes) -> bytes:
    match = _FILE.match(sealed)
    if not match:
        raise SealError("not a sealed file")
    return _open(int(match[1]), "file", match[0], sealed[match.end() :])


def digest(purpose: str, text: str) -> str:
    """Keyed digest (HMAC-SHA256, hex) to find equal values by; it differs from purpose to purpose."""
    return digest_many(purpose, (text,))[0]


def digest_many(purpose: str, texts: Iterable[str]) -> list[str]:
    """``digest`` of many texts at once: HMAC with its two key blocks hashed once (RFC 2104), in half the time."""
    keys = settings.SONGHE_KEYS
    block = _subkey(keys[min(keys)], f"digest/{purpose}").ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)).copy for pad in (0x36, 0x5C))
    found = []
    for text in texts:
        within, around = inner(), outer()
        within.update(text.encode())
        around.update(within.digest())
        found.append(around.hexdigest())
    return found
