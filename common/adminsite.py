"""Django's admin, used for lookups and accounts only; open to whoever holds a right on one of its models."""

from __future__ import annotations

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

ADMIN_RIGHTS = ("lookup.change", "account.manage")


class SongheAdminConfig(AdminConfig):
    default_site = "common.adminsite.SongheAdminSite"


class SongheAdminSite(AdminSite):
    site_header = site_title = "松鹤 · 系统管理"
    index_title = "账号与字典"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_authenticated and any(user.holds(right) for right in ADMIN_RIGHTS)


class RightModelAdmin(ModelAdmin):
    """A ModelAdmin open to one right. Nothing is deleted here: rows are disabled instead."""

    right = ""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.right) and request.user.holds(self.right)

    def has_view_permission(self, request, obj=None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
