"""Every route × everyone of the cast × own, foreign and absent objects × methods: who gets what, and nothing breaks."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.routes import ROLES, ROUTES, Route
from tests.access.targets import build_targets

pytestmark = pytest.mark.django_db

ABSENT = 987_654_321
#: Django's own admin is walked by prefix: only two administrators get in.
ADMIN = "admin"


def all_routes() -> dict[str, str]:
    """Full name -> pattern, of every route but those of Django's admin."""
    found: dict[str, str] = {}

    def walk(patterns, namespace: str, prefix: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                walk(pattern.url_patterns, inner, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                found[f"{namespace}{pattern.name}"] = prefix + str(pattern.pattern)

    walk(get_resolver().url_patterns, "", "")
    return {name: pattern for name, pattern in found.items() if not name.startswith(f"{ADMIN}:")}


def test_every_route_has_its_row_and_every_row_its_route():
    assert set(all_routes()) == set(ROUTES)


def client_for(targets, role: str) -> Client:
    client = Client(raise_request_exception=True)
    if role != "anonymous":
        client.force_login(getattr(targets.cast, role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name: str, route: Route, targets, key: int | None = None) -> str:
    keys = dict(route.keys)
    if route.target:
        keys["pk"] = key if key is not None else getattr(targets, route.target).pk
    url = reverse(name, kwargs=keys)
    return f"{url}?{route.query}" if route.query else url


def body_of(response) -> str:
    """The page without what differs between any two requests, and without the address that was asked for."""
    text = b"".join(response.streaming_content) if response.streaming else response.content
    decoded = text.decode(errors="replace")
    decoded = re.sub(r'(name="(csrfmiddlewaretoken|form_key)" value=")[^"]*', r"\1", decoded)
    decoded = re.sub(r'(name="csrf-token" content=")[^"]*', r"\1", decoded)
    return re.sub(r"\d+", "0", decoded)


def expected_status(route: Route, role: str) -> int:
    if route.public and role in {"anonymous", "disabled"}:
        return 405 if route.post else 200
    if role in {"anonymous", "disabled"}:
        return 302
    if route.post:
        return 405
    return route.get.get(role, 403)


@pytest.mark.parametrize("role", ROLES)
def test_what_everybody_gets(cast, role):
    targets = build_targets(cast)
    wrong, seen = [], Counter()
    for name, route in ROUTES.items():
        client = client_for(targets, role)
        wanted = expected_status(route, role)
        for method in ("get", "head", "htmx"):
            url = address(name, route, targets)
            if method == "htmx":
                response = client.get(url, headers={"HX-Request": "true"})
                # htmx follows a redirect of its own kind: 204 or 200 with HX-Redirect.
                allowed = {wanted, 200, 204} if wanted == 302 else {wanted}
            else:
                response = getattr(client, method)(url)
                allowed = {wanted}
            seen[response.status_code] += 1
            if response.status_code not in allowed:
                wrong.append(f"{role} {method} {url}: {response.status_code}, not {wanted}")
    assert wrong == [], "\n".join(wrong)
    assert seen[500] == 0


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"anonymous", "disabled"}])
def test_what_is_not_there_looks_like_what_is_not_yours(cast, role):
    targets = build_targets(cast)
    client = client_for(targets, role)
    for name, route in ROUTES.items():
        if not route.target or route.post:
            continue
        absent = client.get(address(name, route, targets, ABSENT))
        may_ever = role in route.get and route.get[role] != 403
        if role in route.get:
            assert absent.status_code == 404 or not may_ever, (role, name, absent.status_code)
        else:
            assert absent.status_code in {403, 404}, (role, name, absent.status_code)
        if route.get.get(role) == 404:
            foreign = client.get(address(name, route, targets))
            assert foreign.status_code == absent.status_code == 404, (role, name)
            assert body_of(foreign) == body_of(absent), (role, name)


#: Routes that do their work for whoever is entitled to it without asking anything first.
BLANK_POSTS = {
    "accounts:signout": ROLES,
    "accounts:appearance": ROLES,
    "cadres:quality_compute": ("staff", "liaison_a"),
    "reports:year_remind": ("staff",),
    "visits:notice_read": ROLES,
    "visits:notice_read_all": ROLES,
}


@pytest.mark.parametrize("role", ROLES)
def test_no_post_without_a_right_changes_anything(cast, role):
    """POST everywhere with an empty body and with a foreign key: refused or sent back, never a 500, never a write."""
    targets = build_targets(cast)
    before = targets.fingerprint()
    for name, route in ROUTES.items():
        if role in BLANK_POSTS.get(name, ()):
            continue
        client = client_for(targets, role)
        for key in [None, ABSENT] if route.target else [None]:
            response = client.post(address(name, route, targets, key), {})
            assert response.status_code < 500, (role, name)
            if role in {"anonymous", "disabled"}:
                assert response.status_code in {200, 302, 405, 429}, (role, name, response.status_code)
            elif route.get.get(role, 403) in {403, 404} and not route.post:
                assert response.status_code in {403, 404, 405}, (role, name, response.status_code)
    assert targets.fingerprint() == before


def test_forged_posts_are_refused(cast):
    """Without its token no form is taken."""
    targets = build_targets(cast)
    for name, route in ROUTES.items():
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.staff, backend="django.contrib.auth.backends.ModelBackend")
        status = client.post(address(name, route, targets), {}).status_code
        assert status in {403, 405}, (name, status)


@pytest.mark.parametrize("role", ROLES)
def test_djangos_admin_opens_to_two_administrators_only(cast, role):
    targets = build_targets(cast)
    client = client_for(targets, role)
    status = client.get(reverse("admin:index")).status_code
    assert (status == 200) == (role in {"system_admin", "security_admin"})


def test_pages_carry_the_strict_headers(cast):
    targets = build_targets(cast)
    client = client_for(targets, "staff")
    for name, route in ROUTES.items():
        if route.get.get("staff") != 200:
            continue
        response = client.get(address(name, route, targets))
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy, name
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response.headers["Cache-Control"], name
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
