"""The audit administrator reads words, not the names of classes and columns."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts import actions
from common.tables import field_label, target_label

pytestmark = pytest.mark.django_db


def test_words_of_targets_and_fields():
    assert target_label("cadres.cadre") == "老干部"
    assert target_label("gone.model") == "gone.model" and target_label("") == ""
    assert field_label("accounts.user", "department") == "科室"
    assert field_label("accounts.user", "no_such_field") == "no_such_field"


def test_the_list_shows_them(cast, sign_in):
    actions.change_user(actor=cast.security_admin, user=cast.liaison_a, values={"department": "人事科"})
    page = sign_in(cast.audit_admin).get(reverse("audit:entry_list")).content.decode()
    rows = page.split("<tbody>")[1]
    assert f"账号 {cast.liaison_a.pk}" in rows and "科室" in rows
    assert not re.search(r">[a-z]+\.[a-z]+ \d", rows)


def test_django_s_admin_greets_by_name(cast, sign_in):
    assert cast.security_admin.get_short_name() == cast.security_admin.display_name
    page = sign_in(cast.security_admin).get(reverse("admin:index")).content.decode()
    assert cast.security_admin.display_name in page and "None" not in page.split("user-tools")[1][:400]
