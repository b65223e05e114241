"""Sign-in in Chinese, lock-out, passwords, sessions, and rights that end at once."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.models import User
from common.models import AuditEntry
from tests import factories

SIGNIN = reverse("accounts:signin")
PASSWORD = reverse("accounts:password")
PROFILE = reverse("accounts:profile")
START = datetime.datetime(2026, 11, 2, 1, 0, tzinfo=datetime.UTC)


def sign_in_by_form(client: Client, username: str, password: str = factories.PASSWORD, **extra):
    return client.post(SIGNIN, {"username": username, "password": password}, **extra)


def test_sign_in_speaks_chinese_and_leaves_an_entry(cast, client):
    assert "登录" in client.get(SIGNIN).content.decode()
    response = sign_in_by_form(client, "staff")
    assert response["Location"] == reverse("home")
    entry = AuditEntry.objects.get(action="account.signin")
    assert entry.actor == cast.staff


def test_wrong_password_is_told_without_saying_which_was_wrong(cast, client):
    known = sign_in_by_form(client, "staff", "Wrong-password-1").content.decode()
    unknown = sign_in_by_form(client, "nobody-here", "Wrong-password-1").content.decode()
    for text in (known, unknown):
        assert "账号或密码不对" in text


def test_disabled_accounts_do_not_sign_in(cast, client):
    response = sign_in_by_form(client, "disabled")
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_disabled_in_an_open_session_is_out_at_the_next_request(cast, sign_in):
    client = sign_in(cast.liaison_a)
    assert client.get(PROFILE).status_code == 200
    actions.change_user(actor=cast.security_admin, user=cast.liaison_a, values={"is_active": False})
    assert client.get(PROFILE)["Location"].startswith(SIGNIN)


def test_five_failures_lock_user_and_address_for_fifteen_minutes(cast):
    client = Client()
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(5):
            response = sign_in_by_form(client, "staff", "Wrong-password-1")
        assert response.status_code == 429
        assert sign_in_by_form(client, "staff").status_code == 429
        assert "15 分钟" in sign_in_by_form(client, "staff").content.decode()
        assert sign_in_by_form(Client(REMOTE_ADDR="10.1.1.9"), "staff").status_code == 302
        assert sign_in_by_form(Client(), "leader").status_code == 302
        clock.shift(datetime.timedelta(minutes=14))
        assert sign_in_by_form(client, "staff").status_code == 429
        clock.shift(datetime.timedelta(minutes=16))
        assert sign_in_by_form(client, "staff").status_code == 302


def test_success_forgets_earlier_failures(cast, client):
    for _ in range(4):
        sign_in_by_form(client, "staff", "Wrong-password-1")
    assert sign_in_by_form(client, "staff").status_code == 302
    for _ in range(4):
        assert sign_in_by_form(Client(), "staff", "Wrong-password-1").status_code == 200


def test_next_does_not_lead_elsewhere(cast, client):
    data = {"username": "staff", "password": factories.PASSWORD, "next": "https://example.com/"}
    assert client.post(SIGNIN, data)["Location"] == reverse("home")


# -- passwords ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Short-1a", "至少 12 位"),
        ("password1234", "太常见"),
        ("aaaaaaaaaaaaB1", "太常见"),
        ("onlysmallletters", "三类"),
        ("Staff-word-2026", "不能含账号或姓名"),
        ("Li静-李静-word-2026", "不能含账号或姓名"),
    ],
)
def test_weak_passwords_are_refused_in_words(cast, password, said):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, cast.staff)
    assert said in "".join(refused.value.messages)


@pytest.mark.parametrize("password", ["Crane-and-pine-9", "松鹤延年Abc12345678", "three Kinds 12345"])
def test_good_passwords_pass(cast, password):
    validate_password(password, cast.staff)


def test_length_alone_under_the_other_profile(cast, settings):
    settings.PASSWORD_PROFILE = "asvs"
    validate_password("onlysmallletters", cast.staff)


def change_password(client, old=factories.PASSWORD, new="Crane-and-pine-9", again=None):
    return client.post(PASSWORD, {"old_password": old, "new_password": new, "again": again or new})


def test_password_is_changed_and_the_other_sessions_end(cast, sign_in):
    here, elsewhere = sign_in(cast.staff), sign_in(cast.staff)
    assert change_password(here).status_code == 302
    assert here.get(PROFILE).status_code == 200
    assert elsewhere.get(PROFILE)["Location"].startswith(SIGNIN)
    assert AuditEntry.objects.filter(action="account.password", actor=cast.staff).exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"old": "Wrong-password-1"}, "现在的密码不对"),
        ({"again": "Another-one-2026"}, "两遍输的不一样"),
        ({"new": factories.PASSWORD}, "和现在的一样"),
    ],
)
def test_a_refused_change_says_why(cast, sign_in, values, said):
    response = change_password(sign_in(cast.staff), **values)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_first_sign_in_must_change_the_password(cast, sign_in):
    actions.set_password(actor=cast.security_admin, user=cast.staff, password="Given-out-2026", must_change=True)
    client = sign_in(User.objects.get(pk=cast.staff.pk))
    assert client.get(PROFILE)["Location"] == PASSWORD
    assert "先改密码" in client.get(PASSWORD).content.decode()
    assert change_password(client, old="Given-out-2026").status_code == 302
    assert client.get(PROFILE).status_code == 200


def test_an_old_password_must_be_changed(cast, sign_in, settings):
    settings.PASSWORD_MAX_AGE = datetime.timedelta(days=90)
    User.objects.filter(pk=cast.staff.pk).update(password_changed_at=START - datetime.timedelta(days=91))
    with time_machine.travel(START):
        assert sign_in(cast.staff).get(PROFILE)["Location"] == PASSWORD


# -- sessions and rights -----------------------------------------------------------------------------------


def test_idle_for_half_an_hour_ends_the_session(cast, sign_in):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(cast.staff)
        client.get(PROFILE)
        clock.shift(datetime.timedelta(minutes=29))
        assert client.get(PROFILE).status_code == 200
        clock.shift(datetime.timedelta(minutes=31))
        assert client.get(PROFILE)["Location"].startswith(SIGNIN)


def test_twelve_hours_end_even_a_busy_session(cast, sign_in):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(cast.staff)
        for _ in range(35):
            assert client.get(PROFILE).status_code == 200
            clock.shift(datetime.timedelta(minutes=20))
        clock.shift(datetime.timedelta(minutes=21))
        assert client.get(PROFILE)["Location"].startswith(SIGNIN)


def test_a_revoked_role_is_gone_at_the_next_request(cast, sign_in):
    client = sign_in(cast.liaison_a)
    people = reverse("cadres:cadre_list")
    assert client.get(people).status_code == 200
    actions.revoke_role(actor=cast.security_admin, grant=cast.liaison_a.role_grants.get())
    assert client.get(people).status_code == 403


def test_signing_out_needs_a_post_and_leaves_an_entry(cast, sign_in):
    client = sign_in(cast.staff)
    assert client.get(reverse("accounts:signout")).status_code == 405
    client.post(reverse("accounts:signout"))
    assert AuditEntry.objects.filter(action="account.signout").exists()
    assert client.get(PROFILE)["Location"].startswith(SIGNIN)


def test_profile_tells_what_one_may_do(cast, sign_in):
    text = sign_in(cast.liaison_a).get(PROFILE).content.decode()
    assert "单位联络员" in text
    assert "市水利局" in text
    assert "还没有授权" in sign_in(cast.nobody).get(PROFILE).content.decode()
