"""Sealing, opening, tampering, key versions and digests."""

import hmac

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from common.crypto import (
    SealError,
    _subkey,
    digest,
    digest_many,
    key_version,
    seal,
    seal_bytes,
    seal_many,
    unseal,
    unseal_bytes,
)

FIRST, SECOND, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
keep_fixture = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def keys(settings):
    settings.SONGHE_KEYS = {1: FIRST}
    settings.SONGHE_KEY_VERSION = 1
    return settings


@keep_fixture
@given(st.lists(texts, max_size=5))
def test_round_trip(values):
    tokens = seal_many(values)
    assert [unseal(token) for token in tokens] == values
    assert [unseal(seal(value)) for value in values] == values


@keep_fixture
@given(st.binary(max_size=500))
def test_files_round_trip(content):
    assert unseal_bytes(seal_bytes(content)) == content


def test_a_token_says_its_version_and_hides_its_text():
    token = seal("13800006625")
    assert token.startswith("k1:")
    assert "6625" not in token
    assert key_version(token) == 1
    assert key_version("13800006625") is None
    assert len({seal("13800006625") for _ in range(50)}) == 50


def test_a_blank_stays_blank():
    assert seal("") == unseal("") == ""


@keep_fixture
@given(texts.filter(bool), st.data())
def test_any_altered_character_is_found(text, data):
    token = seal(text)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz0189-_=:k").filter(lambda c: c != token[place]))
    with pytest.raises(SealError):
        unseal(token[:place] + other + token[place + 1 :])


@keep_fixture
@given(st.binary(min_size=1, max_size=50), st.data())
def test_any_altered_byte_of_a_file_is_found(content, data):
    sealed = bytearray(seal_bytes(content))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        unseal_bytes(bytes(sealed))


@pytest.mark.parametrize("token", ["k1:", "k1:AAAA", "13800006625", "k1:AAAAA", "k9:" + "A" * 40, "k1:" + "A" * 41])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(SealError):
        unseal(token)


def test_a_file_is_not_a_text():
    assert unseal_bytes(seal_bytes(b"x")) == b"x"
    with pytest.raises(SealError):
        unseal_bytes(b"PK\x03\x04")
    with pytest.raises(SealError):
        unseal(seal_bytes(b"x").decode("latin-1"))


def test_keys_rotate(keys):
    old, before = seal("甲"), digest("id", "甲")
    keys.SONGHE_KEYS = {1: FIRST, 2: SECOND}
    keys.SONGHE_KEY_VERSION = 2
    new = seal("甲")
    assert (key_version(old), key_version(new)) == (1, 2)
    assert unseal(old) == unseal(new) == "甲"
    assert digest("id", "甲") == before
    with pytest.raises(SealError):
        unseal("k1" + new[2:])


def test_a_wrong_or_missing_key_opens_nothing(keys):
    token = seal("甲")
    keys.SONGHE_KEYS = {1: OTHER}
    with pytest.raises(SealError):
        unseal(token)
    keys.SONGHE_KEYS = {2: FIRST}
    with pytest.raises(SealError):
        unseal(token)


def test_a_short_key_is_refused(keys):
    keys.SONGHE_KEYS = {1: b"short"}
    with pytest.raises(ValueError, match="32 bytes"):
        seal("甲")


@keep_fixture
@given(texts, texts)
def test_digests(one, other):
    assert (digest("id", one) == digest("id", other)) == (one == other)
    assert digest("id", one) != digest("phone", one)
    assert len(digest("id", one)) == 64
    assert digest_many("id", [one, other]) == [digest("id", one), digest("id", other)]


def test_digests_hang_on_the_key(keys):
    before = digest("id", "甲")
    keys.SONGHE_KEYS = {1: OTHER}
    assert digest("id", "甲") != before


@keep_fixture
@given(st.lists(texts, max_size=5))
def test_digests_are_hmac(values):
    key = _subkey(FIRST, "digest/id")
    assert digest_many("id", values) == [hmac.digest(key, text.encode(), "sha256").hex() for text in values]
