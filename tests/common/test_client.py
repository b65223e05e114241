"""The client's address is believed only as far as our own proxies wrote it."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from common.client import client_ip


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "10.1.1.1"),
        (0, "6.6.6.6", "10.1.1.1"),
        (1, "172.16.0.9", "172.16.0.9"),
        (1, "6.6.6.6, 172.16.0.9", "172.16.0.9"),
        (2, "6.6.6.6, 172.16.0.9, 10.0.0.2", "172.16.0.9"),
        (1, "", "10.1.1.1"),
        (2, "172.16.0.9", "10.1.1.1"),
    ],
)
def test_the_address_of_the_client(settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.1.1.1")
    assert client_ip(request) == expected
