"""Sign-in, sign-out, password, appearance."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions
from accounts.forms import PasswordForm, SignInForm
from accounts.middleware import public
from common import audit

TEXT_SIZES = ("", "large", "xlarge")
THEMES = ("", "light", "dark")


class SignInView(LoginView):
    template_name = "accounts/signin.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        user = form.get_user()
        login(self.request, user)
        audit.record(actor=user, action="account.signin", target=user)
        return HttpResponseRedirect(self.get_success_url())


signin = public(sensitive_post_parameters("password")(SignInView.as_view()))


@public
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """What this is and how to begin, for whoever cannot sign in yet. No data."""
    return render(request, "accounts/welcome.html", {"limit": settings.AXES_FAILURE_LIMIT})


def locked_out(request: HttpRequest, credentials: dict | None = None, *args, **kwargs) -> HttpResponse:
    """What axes shows once five attempts failed within fifteen minutes."""
    actions.note_lockout(username=(credentials or {}).get("username", ""))
    form = SignInForm(request)
    return render(request, "accounts/signin.html", {"form": form, "locked": True}, status=429)


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    audit.record(actor=request.user, action="account.signout", target=request.user)
    logout(request)
    return redirect("accounts:signin")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        actions.set_password(actor=request.user, user=request.user, password=form.cleaned_data["new_password"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已改好，下次登录用新密码")
        return redirect("home")
    return render(
        request,
        "accounts/password.html",
        {"form": form, "forced": request.user.must_change_password},
        status=422 if form.errors else 200,
    )


def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/profile.html", {"grants": request.user.grants})


@public
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Text size and theme, kept in a cookie of this device (no personal data)."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("home")
    response: HttpResponse = HttpResponse(status=204) if request.htmx else HttpResponseRedirect(target)
    for name, allowed in (("text", TEXT_SIZES), ("theme", THEMES)):
        value = request.POST.get(name)
        if value in allowed:
            response.set_cookie(
                name,
                value,
                max_age=365 * 24 * 3600,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
    return response
