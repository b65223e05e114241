"""Accounts and role grants for the security administrator; every save goes through accounts.actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import actions
from accounts.models import Organization, RoleGrant, User
from common.adminsite import RightModelAdmin

OWN_FIELDS = ("username", "display_name", "department", "is_active")


class AccountForm(forms.ModelForm):
    new_password = forms.CharField(
        label="初始密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 12 位，含大写字母、小写字母、数字、符号中的三类；本人第一次登录要改掉",
    )  # fmt: skip

    class Meta:
        model = User
        fields = OWN_FIELDS
        labels = {"username": "账号", "is_active": "在用"}
        help_texts = {
            "username": "工号；联络员用登记的手机号。只能是字母、数字和 @ . - _",
            "is_active": "离岗就去掉，当时就登录不了；账号不删，办过的事还记在他名下",
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["new_password"].label = "重置密码"
            self.fields["new_password"].required = False
            self.fields["new_password"].help_text = "忘了密码才填；不填就不变。重置后本人下次登录要改掉"

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            names = {name: self.cleaned_data.get(name, "") for name in ("username", "display_name")}
            validate_password(password, User(**names))
        return password


class GrantFormSet(forms.BaseInlineFormSet):
    """Nobody grants roles to themselves: the three administrators watch each other."""

    user: User

    def clean(self) -> None:
        super().clean()
        if self.has_changed() and self.instance.pk == self.user.pk:
            raise ValidationError("不能给自己授权，请另一位安全管理员来办")


class GrantInline(admin.TabularInline):
    model = RoleGrant
    formset = GrantFormSet
    fields = ("role", "organization", "include_children")
    autocomplete_fields = ("organization",)
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.holds("account.manage")

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.user = request.user
        return formset


@admin.register(User)
class UserAdmin(RightModelAdmin):
    right = "account.manage"
    form = AccountForm
    inlines = (GrantInline,)
    list_display = ("username", "display_name", "department", "roles", "is_active", "last_login")
    list_filter = ("is_active", "role_grants__role")
    search_fields = ("username", "display_name", "department")
    fields = (*OWN_FIELDS, "new_password")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("role_grants__organization")

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        return "、".join(f"{grant.get_role_display()}（{grant.organization.name}）" for grant in user.role_grants.all())

    def save_model(self, request: HttpRequest, obj: User, form: AccountForm, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in OWN_FIELDS}
        password = form.cleaned_data["new_password"]
        if not change:
            active = values.pop("is_active")
            user = actions.create_user(actor=request.user, password=password, **values)
            if not active:
                user = actions.change_user(actor=request.user, user=user, values={"is_active": False})
            obj.pk, obj.password = user.pk, user.password
            obj._state.adding = False
            return
        changed = {name: values[name] for name in OWN_FIELDS if name in form.changed_data}
        if changed:
            actions.change_user(actor=request.user, user=obj, values=changed)
        if password:
            user = User.objects.get(pk=obj.pk)
            actions.set_password(actor=request.user, user=user, password=password, must_change=True)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for grant in formset.deleted_objects:
            actions.revoke_role(actor=request.user, grant=grant)
        for grant, _ in formset.changed_objects:
            old = RoleGrant.objects.get(pk=grant.pk)
            if (old.role, old.organization_id) != (grant.role, grant.organization_id):
                actions.revoke_role(actor=request.user, grant=old)
            self.grant(request, form.instance, grant)
        for grant in formset.new_objects:
            self.grant(request, form.instance, grant)

    def grant(self, request: HttpRequest, user: User, grant: RoleGrant) -> None:
        actions.grant_role(
            actor=request.user,
            user=User.objects.get(pk=user.pk),
            role=grant.role,
            organization=grant.organization,
            include_children=grant.include_children,
        )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit chain tells it; Django's own log would only repeat it."""

    log_addition = log_change


@admin.register(Organization)
class OrganizationAdmin(RightModelAdmin):
    """Only so that the box of a role grant can suggest units; units are edited on their own pages."""

    right = "account.manage"
    search_fields = ("name", "code")
    ordering = ("path",)
    list_display = ("name", "code", "kind", "parent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}
