"""The security administrator's pages: accounts, role grants, password resets; all through the actions."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import RoleGrant, User
from cadres.models import ValueAlias
from common.models import AuditEntry

USERS = reverse("admin:accounts_user_changelist")
ADD = reverse("admin:accounts_user_add")


def grants(*rows, initial=0) -> dict:
    data = {"role_grants-TOTAL_FORMS": len(rows), "role_grants-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"role_grants-{number}-{name}": value for name, value in row.items()}
    return data


def account(**values) -> dict:
    return {"username": "wanghy", "display_name": "王海燕", "department": "", "is_active": "on", **values}


def change_url(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_an_account_is_opened_with_a_role(cast, sign_in):
    row = {"role": "unit_liaison", "organization": cast.unit_a.pk, "include_children": "on"}
    data = account(new_password="Given-out-2026") | grants(row)
    response = sign_in(cast.security_admin).post(ADD, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    user = User.objects.get(username="wanghy")
    assert user.must_change_password
    assert user.check_password("Given-out-2026")
    assert [(grant.role, grant.organization) for grant in user.role_grants.all()] == [("unit_liaison", cast.unit_a)]
    codes = set(AuditEntry.objects.filter(actor=cast.security_admin).values_list("action", flat=True))
    assert codes == {"account.create", "account.grant"}


def test_a_weak_first_password_is_refused(cast, sign_in):
    response = sign_in(cast.security_admin).post(ADD, account(new_password="12345678") | grants())
    assert response.status_code == 200
    assert not User.objects.filter(username="wanghy").exists()


def test_an_account_is_disabled_and_its_password_reset(cast, sign_in):
    user = cast.liaison_a
    data = {"username": user.username, "display_name": user.display_name, "department": "",
            "new_password": "Given-out-2026"} | grants()  # fmt: skip
    assert sign_in(cast.security_admin).post(change_url(user), data).status_code == 302
    user.refresh_from_db()
    assert (user.is_active, user.must_change_password) == (False, True)
    assert user.check_password("Given-out-2026")
    codes = set(AuditEntry.objects.filter(target_id=user.pk).values_list("action", flat=True))
    assert {"account.change", "account.password"} <= codes


def test_a_grant_is_changed_and_revoked(cast, sign_in):
    user, grant = cast.liaison_a, cast.liaison_a.role_grants.get()
    own = {"username": user.username, "display_name": user.display_name, "department": "", "is_active": "on"}
    row = {"id": grant.pk, "user": user.pk, "role": grant.role, "organization": cast.unit_b.pk}
    client = sign_in(cast.security_admin)
    assert client.post(change_url(user), own | grants(row, initial=1)).status_code == 302
    now = RoleGrant.objects.get(user=user)
    assert (now.organization, now.include_children) == (cast.unit_b, False)
    row = {"id": now.pk, "user": user.pk, "role": now.role, "organization": now.organization_id, "DELETE": "on"}
    client.post(change_url(user), own | grants(row, initial=1))
    assert not RoleGrant.objects.filter(user=user).exists()
    codes = list(AuditEntry.objects.filter(target_id=user.pk).values_list("action", flat=True))
    assert codes.count("account.revoke") == 2


def test_nobody_grants_roles_to_themselves(cast, sign_in):
    user, grant = cast.security_admin, cast.security_admin.role_grants.get()
    own = {"username": user.username, "display_name": user.display_name, "department": "", "is_active": "on"}
    kept = {"id": grant.pk, "user": user.pk, "role": grant.role, "organization": grant.organization_id,
            "include_children": "on"}  # fmt: skip
    more = {"role": "staff", "organization": cast.city.pk, "include_children": "on"}
    response = sign_in(user).post(change_url(user), own | grants(kept, more, initial=1))
    assert "不能给自己授权" in response.content.decode()
    assert not user.role_grants.filter(role="staff").exists()


@pytest.mark.parametrize("name", ["staff", "liaison_a", "leader", "audit_admin", "nobody"])
def test_others_do_not_open_the_admin(cast, sign_in, name):
    assert sign_in(getattr(cast, name)).get(USERS).status_code == 302


def test_the_system_admin_sees_words_but_no_accounts(cast, sign_in):
    alias = ValueAlias.objects.create(field="rank", text="科级及以下")
    client = sign_in(cast.system_admin)
    assert client.get(USERS).status_code == 403
    url = reverse("admin:cadres_valuealias_change", args=[alias.pk])
    assert "科级及以下" in client.get(url).content.decode()
    assert client.post(url, {"code": "142"}).status_code == 302
    alias.refresh_from_db()
    assert alias.code == "142"
    assert AuditEntry.objects.filter(action="lookup.change").count() == 1
    assert sign_in(cast.security_admin).get(url).status_code == 403


def test_nothing_is_deleted_there(cast, sign_in):
    url = reverse("admin:accounts_user_delete", args=[cast.liaison_a.pk])
    assert sign_in(cast.security_admin).post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=cast.liaison_a.pk).exists()
