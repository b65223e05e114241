"""Sign-in is required everywhere unless a view says otherwise; sessions end when idle or old."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from accounts.passwords import password_expired


def public(view: Callable) -> Callable:
    """Mark a view that the signed-out may open."""
    view.public = True  # type: ignore[attr-defined]
    return view


class SessionLimitsMiddleware:
    """Signs out after SESSION_IDLE without a request or SESSION_ABSOLUTE since sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now().timestamp()
            began = request.session.setdefault("began", now)
            seen = request.session.get("seen", now)
            if (
                now - seen > settings.SESSION_IDLE.total_seconds()
                or now - began > settings.SESSION_ABSOLUTE.total_seconds()
            ):
                logout(request)
            elif now - seen > 60 or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)


class SignInRequiredMiddleware:
    """Sends the signed-out to sign in, and whoever must change the password to that page first."""

    ALWAYS = ("accounts:password", "accounts:signout", "accounts:appearance")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if getattr(view, "public", False):
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                response = HttpResponse(status=204)
                response["HX-Redirect"] = f"{resolve_url(settings.LOGIN_URL)}"
                return response
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        user = request.user
        if (user.must_change_password or password_expired(user)) and (
            request.resolver_match is None or request.resolver_match.view_name not in self.ALWAYS
        ):
            return HttpResponseRedirect(reverse("accounts:password"))
        return None
