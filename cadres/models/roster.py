"""Roster imports: the job, its files, what each row would do, and the layouts people have explained once."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cadres.querysets import RosterFileQuerySet, RosterImportQuerySet
from common.fields import EncryptedField


class RosterStatus(models.TextChoices):
    UPLOADED = "uploaded", "等着读"
    READING = "reading", "正在读"
    ASKING = "asking", "要认表头"
    PREVIEWED = "previewed", "等您看过入库"
    COMMITTING = "committing", "正在入库"
    COMMITTED = "committed", "已入库"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"
    FAILED = "failed", "没有读成"
    DISCARDED = "discarded", "已退回"
    SORTED = "sorted", "已分到各单位"


#: A worker has it, or will have it.
RUNNING = frozenset({RosterStatus.UPLOADED, RosterStatus.READING, RosterStatus.COMMITTING, RosterStatus.UNDOING})
#: Its people are in the roll.
WRITTEN = frozenset({RosterStatus.COMMITTED, RosterStatus.UNDOING})


class RosterImport(models.Model):
    """One upload of one or more workbooks, from the upload to the commit. Its state is the job's state."""

    year = models.PositiveSmallIntegerField("年度")
    as_of = models.DateField("截至日期")
    status = models.CharField("进展", max_length=12, choices=RosterStatus, default=RosterStatus.UPLOADED)
    create_organizations = models.BooleanField("新单位一并建立", default=False)
    accept_good_rows = models.BooleanField("只入库没有问题的行", default=False)
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    #: Set on a heap of workbooks for a yearly collection, which are given to their units (cadres.actions.batches).
    collection = models.ForeignKey(
        "cadres.RosterCollection", models.PROTECT, null=True, blank=True, related_name="batches", verbose_name="催报"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="入库人",
    )
    committed_at = models.DateTimeField("入库时间", null=True, blank=True)
    # What the commit made, as runs of keys, and how it was taken back (see cadres.roster_import.effects and .undo).
    #: {"cadres": [[first, last]], "organizations": [[first, last]]}; None: committed before effects were kept
    created_ids = models.JSONField("建立的编号", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undo_reason = EncryptedField("撤销原因", blank=True)
    #: {"reverted", "kept", "blocked": people; "organizations", "organizations_kept": units}
    undo_counts = models.JSONField("撤销结果", default=dict, blank=True)
    #: {layout signature: {column letter: field key, or "-" for 不读}}
    answers = models.JSONField("列的认定", default=dict, blank=True)
    counts = models.JSONField("结果", default=dict, blank=True)
    fingerprint = models.CharField("预览的摘要", max_length=64, blank=True)
    audit_number = models.PositiveBigIntegerField("操作记录序号", null=True, blank=True)
    # The running job: who holds it, since when, how far it is.
    claim = models.CharField(max_length=32, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(default=0)

    objects = RosterImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册导入"
        ordering = ("-pk",)
        indexes = [models.Index(fields=["status", "claimed_at"], name="roster_status")]

    def __str__(self) -> str:
        return f"{self.year}年名册"

    @property
    def running(self) -> bool:
        return self.status in RUNNING

    @property
    def open(self) -> bool:
        """Nothing of it is in the roll yet, and it may still be sent back."""
        return self.status not in {*WRITTEN, RosterStatus.UNDONE, RosterStatus.DISCARDED, RosterStatus.SORTED}

    @property
    def undoable(self) -> bool:
        return self.status == RosterStatus.COMMITTED and self.created_ids is not None


class RosterFile(models.Model):
    """One workbook as it came, sealed; ``sheets`` is what reading found in it."""

    roster_import = models.ForeignKey(RosterImport, models.CASCADE, related_name="files", verbose_name="导入")
    position = models.PositiveIntegerField("次序")
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveIntegerField("大小", default=0)
    sha256 = models.CharField("校验值", max_length=64, blank=True)
    sealed = models.FileField("原件", upload_to="rosters/%Y", blank=True)
    #: [code, sentence, hint] where the file as a whole was refused
    refusal = models.JSONField("拒收原因", default=list, blank=True)
    sheets = models.JSONField("工作表", default=list, blank=True)

    objects = RosterFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册文件"
        ordering = ("roster_import_id", "position")
        constraints = [models.UniqueConstraint(fields=["roster_import", "position"], name="roster_file_position")]

    def __str__(self) -> str:
        return self.name


class RosterPart(models.Model):
    """Some rows of the preview, compressed and sealed, so that one page of it opens one small part."""

    roster_import = models.ForeignKey(RosterImport, models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    sealed = models.BinaryField()

    objects = RosterFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册预览"
        constraints = [models.UniqueConstraint(fields=["roster_import", "kind", "number"], name="roster_part_once")]


class RosterLayout(models.Model):
    """What somebody said the columns of a layout mean; the next workbook with these headers is read so."""

    signature = models.CharField("表式", max_length=24, unique=True)
    mapping = models.JSONField("列的认定", default=dict)
    title = models.CharField("见于", max_length=200, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="认定人",
    )
    changed_at = models.DateTimeField("认定时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "名册表式"

    def __str__(self) -> str:
        return self.title or self.signature
