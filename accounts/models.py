"""Floor 1: organizations (a movable tree), users, and the roles they hold on organizations."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.querysets import OrganizationQuerySet, RoleGrantQuerySet, UserManager
from accounts.roles import Role, rights_of
from common.codes import Level, Nature
from common.models import Versioned
from common.scope import NOTHING, Scope


class OrganizationKind(models.TextChoices):
    CITY_BUREAU = "city_bureau", "城市局"
    DISTRICT_BUREAU = "district_bureau", "区县局"
    SYSTEM = "system", "主管系统"
    UNIT = "unit", "单位"
    CENTER = "center", "管理中心"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"


class Organization(Versioned):
    """A node of the city's tree.

    ``path`` is the chain of ids from the root, ``/1/7/88/``: a subtree is one prefix condition served by an index,
    and a move rewrites the paths of the moved subtree in one statement (accounts.actions.move_organization).
    ``district`` is the nearest 区县局 at or above the node, None for what hangs directly on the city.
    """

    code = models.CharField("单位代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=40, blank=True)
    kind = models.CharField("类别", max_length=20, choices=OrganizationKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    path = models.CharField("路径", max_length=300, unique=True, editable=False)
    district = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="所在区县",
        editable=False,
    )
    nature = models.CharField("单位性质", max_length=10, choices=Nature, blank=True)
    # 隶属: where the unit stands in the administration; a district bureau may be a development zone (功能区).
    level = models.CharField("隶属", max_length=10, choices=Level, default=Level.MUNICIPAL)
    active = models.BooleanField("在用", default=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="organization_name_once_under_parent"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="city_bureau"),
                name="one_city_bureau",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "name"], name="organization_kind_name"),
            models.Index(fields=["name"], name="organization_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        return self.path.count("/") - 2


class User(AbstractUser):
    """Someone who signs in. What they may do follows from their role grants alone, never from is_superuser."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField("姓名", max_length=50)
    department = models.CharField("科室", max_length=50, blank=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", default=timezone.now)

    objects = UserManager()
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ("username",)

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    get_short_name = get_full_name

    @cached_property
    def grants(self) -> list[RoleGrant]:
        """Role grants in force, read once per request."""
        return list(self.role_grants.select_related("organization").order_by("pk"))

    def scope_for(self, right: str) -> Scope:
        """The organizations on which this user holds ``right`` (see common.scope)."""
        holding = [grant for grant in self.grants if right in rights_of(grant.role)]
        if not holding or not self.is_active:
            return NOTHING
        if any(grant.include_children and grant.organization.parent_id is None for grant in holding):
            return Scope(everything=True)
        return Scope(organizations=Organization.objects.under_grants(holding).values("pk"))

    def holds(self, right: str) -> bool:
        """Whether the right is held on any organization at all (menus, buttons, whole pages)."""
        return self.is_active and any(right in rights_of(grant.role) for grant in self.grants)

    def has_role(self, *roles: str) -> bool:
        return any(grant.role in roles for grant in self.grants)

    @property
    def role_label(self) -> str:
        return "、".join(dict.fromkeys(Role(grant.role).label for grant in self.grants)) or "未授权"

    @cached_property
    def city_name(self) -> str:
        """The bureau's name in the head band."""
        root = Organization.objects.root()
        return root.name if root else ""

    @property
    def home_organization(self) -> Organization | None:
        return self.grants[0].organization if self.grants else None

    # Django's own admin asks these; rights come from roles only.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class RoleGrant(models.Model):
    """``user`` holds ``role`` on ``organization``, with or without everything below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants", verbose_name="账号")
    role = models.CharField("角色", max_length=20, choices=Role)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="role_grants", verbose_name="单位")
    include_children = models.BooleanField("含下级", default=True)
    granted_at = models.DateTimeField("授予时间", auto_now_add=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "角色授予"
        constraints = [models.UniqueConstraint(fields=["user", "role", "organization"], name="role_granted_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organization}"
