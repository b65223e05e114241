"""Where a request comes from, behind the proxies that are ours and no others."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The client's address.

    With PROXY_COUNT = n the last n entries of X-Forwarded-For were written by our own proxies, so the n-th from the
    right is the client; anything further left was typed by the client and is not believed.
    """
    direct = request.META.get("REMOTE_ADDR") or None
    if not settings.PROXY_COUNT:
        return direct
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-settings.PROXY_COUNT] if len(hops) >= settings.PROXY_COUNT else direct
