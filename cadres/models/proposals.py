"""Proposals (提议): what a liaison says of own people, waiting for staff to accept it or return it with a word."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from cadres.querysets import EvidenceQuerySet, ProposalQuerySet
from common.fields import EncryptedField
from common.models import Versioned


class ProposalKind(models.TextChoices):
    CHANGE = "change", "改资料"
    DEATH = "death", "报去世"
    MOVE_OUT = "move_out", "报转出"
    NEW = "new", "报漏登的人"


class ProposalState(models.TextChoices):
    WAITING = "waiting", "等着核"
    ACCEPTED = "accepted", "已采纳"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已收回"


class Proposal(Versioned):
    """What should be changed about one person, or a person who is missing (``cadre`` None until accepted).

    ``sealed_changes`` is JSON {field: [old, new]} in the words of `cadres.proposed`; read it through `changes`.
    ``on`` is the day of the 变动 (None: 更正, it was always so), of the death, of the move, or of the entry.
    """

    kind = models.CharField("事项", max_length=10, choices=ProposalKind)
    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, null=True, blank=True, db_index=False, related_name="proposals",
        verbose_name="老干部",
    )  # fmt: skip
    # Whose unit the proposal comes from: the person's, or where the missing person belongs.
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, db_index=False, related_name="+", verbose_name="单位"
    )
    sealed_changes = EncryptedField("改动", blank=True)
    on = models.DateField("日期", null=True, blank=True)
    to_place = models.CharField("转到哪里", max_length=100, blank=True)
    in_city = models.BooleanField("转到本市单位", default=False)
    reason = EncryptedField("理由")
    state = models.CharField("进展", max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    base_version = models.PositiveIntegerField("提议时的版本", default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提议人")
    made_at = models.DateTimeField("提议时间")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核办人"
    )
    settled_at = models.DateTimeField("核办时间", null=True, blank=True)
    words = EncryptedField("退回的话", blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提议"
        ordering = ("-made_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(kind="new") | Q(cadre__isnull=False), name="proposal_has_person"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "withdrawn"]) | Q(settled_at__isnull=False),
                name="proposal_settled_when",
            ),
        ]
        indexes = [
            models.Index(fields=["cadre", "state"], name="proposal_cadre"),
            models.Index(fields=["state", "made_at"], name="proposal_waiting"),
            models.Index(fields=["organization", "state"], name="proposal_unit"),
            models.Index(fields=["made_by", "-made_at"], name="proposal_maker"),
            models.Index(fields=["settled_at"], name="proposal_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.person_name}"

    @property
    def changes(self) -> dict[str, list[Any]]:
        """{field: [old, new]} as plain values."""
        return json.loads(self.sealed_changes) if self.sealed_changes else {}

    @property
    def person_name(self) -> str:
        if self.cadre is not None:
            return self.cadre.name
        return str(self.changes.get("name", ["", ""])[1])

    @property
    def waiting(self) -> bool:
        return self.state == ProposalState.WAITING

    @property
    def returned(self) -> bool:
        return self.state == ProposalState.RETURNED


class Evidence(models.Model):
    """A photo or PDF sent along with a proposal or a verification: sealed on disk, shown through a scoped view only."""

    proposal = models.ForeignKey(
        Proposal, models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="提议"
    )
    verification = models.ForeignKey(
        "cadres.LifeVerification", models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="核实"
    )
    file = models.FileField("文件", upload_to="evidence/%Y/%m")
    kind = models.CharField("类型", max_length=20)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证明材料"
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, verification__isnull=True)
                | Q(proposal__isnull=True, verification__isnull=False),
                name="evidence_of_one",
            ),
        ]
