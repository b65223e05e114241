"""Ties every audit entry to the request it was written in."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.audit import RequestContext, current_request
from common.client import client_ip


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = current_request.set(RequestContext(uuid.uuid4().hex, client_ip(request)))
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        # Pages show people: no proxy and no shared desk's back button keeps them.
        if getattr(request, "user", None) and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
