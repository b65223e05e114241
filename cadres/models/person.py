"""One person, one file (一人一档)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cadres.models.facts import CountedFacts
from cadres.querysets import CadreQuerySet, FamilyMemberQuerySet
from common.codes import Education, Ethnicity, Kinship, Marriage, Period, Rank, Sex
from common.fields import EncryptedField, PartialDateField
from common.idcard import mask_bank, mask_id, mask_phone
from common.models import Versioned


class Standing(models.TextChoices):
    """Where the person stands today; dated causes are in the status events."""

    PRESENT = "present", "在册"
    MOVED_OUT = "moved_out", "已转出"
    DECEASED = "deceased", "已去世"


class BirthdayCalendar(models.TextChoices):
    SOLAR = "solar", "公历"
    LUNAR = "lunar", "农历"


class IdConflict(models.TextChoices):
    """What the ID number says otherwise than the file; the number is sealed, so this is found when either is written."""

    BIRTH = "birth", "出生年月不符"
    SEX = "sex", "性别不符"
    BOTH = "both", "出生年月和性别都不符"


class Cadre(CountedFacts, Versioned):
    """A 离休 or 退休 cadre, or a survivor (遗属) of one.

    The counted facts here are those of today; `cadres.actions` keeps them equal to the state row valid today.
    Identity numbers are encrypted and found by their keyed digests.
    """

    name = models.CharField("姓名", max_length=60)
    name_pinyin = models.CharField(max_length=120, blank=True, editable=False)
    name_initials = models.CharField(max_length=30, blank=True, editable=False)
    sex = models.CharField("性别", max_length=1, choices=Sex, blank=True)
    ethnicity = models.CharField("民族", max_length=2, choices=Ethnicity, blank=True)
    native_place = models.CharField("籍贯", max_length=60, blank=True)
    photo = models.ImageField("照片", upload_to="cadres/%Y", blank=True)

    birth = PartialDateField("出生年月", blank=True)
    # The birthday that is celebrated: of the solar or the lunar calendar, as the family declares it.
    birthday_calendar = models.CharField(
        "生日历法", max_length=5, choices=BirthdayCalendar, default=BirthdayCalendar.SOLAR
    )
    birthday_month = models.PositiveSmallIntegerField("生日月", null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField("生日日", null=True, blank=True)
    birthday_leap = models.BooleanField("闰月", default=False)

    id_number = EncryptedField("身份证号", blank=True, mask=mask_id)
    id_digest = models.CharField(max_length=64, blank=True, editable=False)
    id_tail_digest = models.CharField(max_length=64, blank=True, editable=False)
    id_conflict = models.CharField("证件与资料", max_length=5, choices=IdConflict, blank=True, editable=False)
    phone = EncryptedField("联系电话", blank=True, mask=mask_phone)
    phone_digest = models.CharField(max_length=64, blank=True, editable=False)
    bank_account = EncryptedField("银行账号", blank=True, mask=mask_bank)
    bank_digest = models.CharField(max_length=64, blank=True, editable=False)

    education = models.CharField("文化程度", max_length=2, choices=Education, blank=True)
    marriage = models.CharField("婚姻状况", max_length=2, choices=Marriage, blank=True)
    party_joined = PartialDateField("入党时间", blank=True)
    work_started = PartialDateField("参加工作时间", blank=True)
    revolution_joined = PartialDateField("参加革命工作时间", blank=True)
    period = models.CharField("参加革命工作时期", max_length=1, choices=Period, blank=True)
    retired_on = PartialDateField("离退休时间", blank=True)
    post = models.CharField("原职务", max_length=100, blank=True)
    title = models.CharField("职称", max_length=60, blank=True)
    treatment_rank = models.CharField("现享受待遇", max_length=3, choices=Rank, blank=True)
    treatment_approved = PartialDateField("待遇批准时间", blank=True)
    treatment_document = models.CharField("待遇批准文号", max_length=60, blank=True)
    medical_rank = models.CharField("医疗待遇", max_length=3, choices=Rank, blank=True)

    address = models.CharField("常住地址", max_length=200, blank=True)
    registered_address = models.CharField("户籍地址", max_length=200, blank=True)
    relocated_to = models.CharField("易地安置地", max_length=100, blank=True)
    # Lives elsewhere for long without having been settled there: paid, counted and asked after here.
    away = models.BooleanField("长期外地居住", default=False)
    away_to = models.CharField("外地居住地", max_length=100, blank=True)
    community = models.ForeignKey(
        "accounts.Organization",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="所在社区",
    )
    community_name = models.CharField("社区（原文）", max_length=60, blank=True)
    managing_unit = models.ForeignKey(
        "accounts.Organization",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="现管单位",
    )
    hobbies = models.CharField("爱好", max_length=200, blank=True)
    specialties = models.CharField("特长", max_length=200, blank=True)
    remarks = models.TextField("备注", blank=True)
    counted_reason = models.CharField("不计入统计的原因", max_length=100, blank=True)

    standing = models.CharField("在册情况", max_length=10, choices=Standing, default=Standing.PRESENT)
    died_on = models.DateField("去世日期", null=True, blank=True)
    survivor_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="survivors", verbose_name="已故干部"
    )

    objects = CadreQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "老干部"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["id_digest"], condition=~Q(id_digest=""), name="cadre_id_number_once"),
            models.CheckConstraint(
                condition=Q(standing="deceased", died_on__isnull=False)
                | ~Q(standing="deceased") & Q(died_on__isnull=True),
                name="cadre_deceased_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "standing", "category"], name="cadre_unit"),
            models.Index(fields=["community", "standing"], name="cadre_community"),
            models.Index(fields=["managing_unit"], name="cadre_managing"),
            models.Index(fields=["standing", "category", "rank"], name="cadre_category"),
            models.Index(fields=["name"], name="cadre_name"),
            models.Index(fields=["name_pinyin"], name="cadre_pinyin", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["name_initials"], name="cadre_initials", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["id_tail_digest"], name="cadre_id_tail"),
            models.Index(fields=["phone_digest"], name="cadre_phone"),
            models.Index(fields=["birthday_calendar", "birthday_month", "birthday_day"], name="cadre_birthday"),
            # Few people of many: whoever is verified each year, and whose record has lain untouched longest.
            models.Index(
                fields=["unit"],
                condition=Q(standing="present") & (Q(relocated=True) | Q(away=True) | Q(category="survivor")),
                name="cadre_verified",
            ),
            models.Index(fields=["updated_at"], condition=Q(standing="present"), name="cadre_untouched"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_id(self) -> str:
        return mask_id(self.id_number) if self.id_number else ""

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone) if self.phone else ""

    @property
    def masked_bank(self) -> str:
        return mask_bank(self.bank_account) if self.bank_account else ""


class FamilyMember(Versioned):
    """A relative or contact of a cadre."""

    cadre = models.ForeignKey(Cadre, models.CASCADE, related_name="family", verbose_name="老干部")
    name = models.CharField("姓名", max_length=60)
    kinship = models.CharField("关系", max_length=2, choices=Kinship, blank=True)
    phone = EncryptedField("电话", blank=True, mask=mask_phone)
    work = models.CharField("工作单位", max_length=100, blank=True)
    emergency = models.BooleanField("紧急联系人", default=False)

    objects = FamilyMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        ordering = ("-emergency", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone) if self.phone else ""
