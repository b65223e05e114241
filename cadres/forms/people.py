"""Forms about people: they clean what was typed and know nothing else."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from cadres.models import BirthdayCalendar, Cadre, EventKind, Standing
from cadres.widgets import OrganizationField
from common.codes import (
    Category,
    Education,
    Ethnicity,
    Health,
    Living,
    Marriage,
    Nature,
    PoliticalStatus,
    Rank,
    SelfCare,
    Sex,
)
from common.dates import PartialDate
from common.fields import PartialDateFormField
from common.forms import DateInput, EditForm
from common.idcard import IdProblem, mask_bank, mask_id, mask_phone, parse_id

#: What one types into the box of a kept number to take it off the file.
CLEAR = "清空"
SECRET = {"id_number": mask_id, "phone": mask_phone, "bank_account": mask_bank}
DATE_HINT = "照着档案写：1932年5月、1932.5、1932-05-06 都行"


def choice(choices: Any, **kwargs: Any) -> forms.ChoiceField:
    kwargs.setdefault("required", False)
    return forms.ChoiceField(choices=[("", "请选择"), *choices.choices], **kwargs)


def text(label: str, length: int, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("required", False)
    return forms.CharField(label=label, max_length=length, **kwargs)


def partial(label: str, **kwargs: Any) -> PartialDateFormField:
    return PartialDateFormField(label=label, required=False, **kwargs)


class CadreForm(EditForm):
    """A person's file. On the form of an existing person the kept numbers show as masks and may stay blank."""

    name = text("姓名", 60, required=True)
    sex = choice(Sex, label="性别", help_text="不选就按身份证号")
    ethnicity = choice(Ethnicity, label="民族")
    native_place = text("籍贯", 60)
    birth = partial("出生年月", help_text=DATE_HINT)
    id_number = text("身份证号", 30)
    birthday_calendar = forms.ChoiceField(label="过哪个生日", choices=BirthdayCalendar.choices, required=False)
    birthday_month = forms.IntegerField(label="农历生日 月", min_value=1, max_value=12, required=False)
    birthday_day = forms.IntegerField(label="农历生日 日", min_value=1, max_value=30, required=False)
    birthday_leap = forms.BooleanField(label="生在闰月", required=False)
    education = choice(Education, label="文化程度")
    political_status = choice(PoliticalStatus, label="政治面貌")
    party_joined = partial("入党时间")
    marriage = choice(Marriage, label="婚姻状况")

    category = choice(Category, label="人员类别", required=True)
    unit = OrganizationField(
        label="单位", kinds="unit", right="cadre.change", help_text="发离退休费的单位；输入名称或代码"
    )
    nature = choice(Nature, label="单位性质", help_text="不选就按单位")
    post = text("原职务", 100)
    rank = choice(Rank, label="级别", help_text="离退休时的级别")
    title = text("职称", 60)
    work_started = partial("参加工作时间")
    revolution_joined = partial("参加革命工作时间", help_text="只有它决定参加革命时期")
    retired_on = partial("离退休时间")
    treatment_rank = choice(Rank, label="现享受待遇")
    treatment_approved = partial("待遇批准时间")
    treatment_document = text("待遇批准文号", 60)
    medical_rank = choice(Rank, label="医疗待遇")
    bank_account = text("银行账号", 40)
    managing_unit = OrganizationField(label="现管单位", kinds="unit", required=False, help_text="和上面单位不同才填")
    counted = forms.BooleanField(label="计入统计", required=False, initial=True)
    counted_reason = text("不计入的原因", 100)

    health = choice(Health, label="健康状况")
    self_care = choice(SelfCare, label="自理能力")
    living = choice(Living, label="居住状态")
    community = OrganizationField(label="所在社区", kinds="community", required=False)
    address = text("常住地址", 200)
    registered_address = text("户籍地址", 200)
    relocated = forms.BooleanField(label="易地安置", required=False)
    relocated_to = text("易地安置地", 100)
    away = forms.BooleanField(label="长期外地居住", required=False)
    away_to = text("外地居住地", 100)

    phone = text("联系电话", 40)
    hobbies = text("爱好", 200)
    specialties = text("特长", 200)
    remarks = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    #: Shown only where the ID number and the birth do not agree.
    confirm_birth = forms.BooleanField(label="已核对人事档案，两处都照填", required=False)

    SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("identity", "身份", ("name", "sex", "birth", "id_number", "ethnicity", "native_place", "birthday_calendar",
                             "birthday_month", "birthday_day", "birthday_leap", "education", "marriage",
                             "political_status", "party_joined")),
        ("work", "工作与待遇", ("category", "unit", "post", "rank", "nature", "title", "work_started",
                               "revolution_joined", "retired_on", "treatment_rank", "treatment_approved",
                               "treatment_document", "medical_rank", "bank_account", "managing_unit", "counted",
                               "counted_reason")),
        ("living", "居住与健康", ("health", "self_care", "living", "community", "address", "registered_address",
                                 "relocated", "relocated_to", "away", "away_to")),
        ("contact", "联系", ("phone",)),
        ("remarks", "备注", ("hobbies", "specialties", "remarks")),
    )  # fmt: skip
    OWN_FIELDS: tuple[str, ...] = ("confirm_birth",)

    def __init__(self, *args, user: Any, instance: Cadre | None = None, **kwargs) -> None:
        initial = dict(kwargs.pop("initial", None) or {})
        if instance is not None:
            for name in self.base_fields:
                if name not in SECRET and name not in self.OWN_FIELDS and hasattr(instance, name):
                    initial.setdefault(name, getattr(instance, name))
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        self.duplicate: Cadre | None = None
        self.needs_confirm = False
        for field in self.fields.values():
            if isinstance(field, OrganizationField):
                field.user = user
        self.explain_kept_numbers()

    def explain_kept_numbers(self) -> None:
        for name, mask in SECRET.items():
            kept = getattr(self.instance, name, "") if self.instance is not None else ""
            self.fields[name].widget.attrs["autocomplete"] = "off"
            if kept:
                self.fields[name].widget.attrs["placeholder"] = mask(kept)
                self.fields[name].help_text = f"现在是 {mask(kept)}，不改就留空；要去掉写“{CLEAR}”"

    @property
    def sections(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "label": label, "fields": [self[name] for name in names]}
            for key, label, names in self.SECTIONS
        ]

    def clean_id_number(self) -> str:
        typed = self.cleaned_data["id_number"]
        if not typed or typed == CLEAR:
            return typed
        try:
            parsed = parse_id(typed)
        except IdProblem as problem:
            raise ValidationError(f"{problem.message}。{problem.hint}", code=problem.code) from None
        if parsed is None:
            return ""
        same = Cadre.objects.visible_to(self.user).with_id_number(parsed.number).first()
        if same is not None and same.pk != getattr(self.instance, "pk", None):
            self.duplicate = same
            raise ValidationError(
                f"这个身份证号已经有档案了：{same.name}，请打开那一份，不要重复登记", code="duplicate"
            )
        return parsed.number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_birth(cleaned)
        if cleaned.get("birthday_calendar") == BirthdayCalendar.LUNAR:
            for name, word in (("birthday_month", "月"), ("birthday_day", "日")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"过农历生日，请填是农历几{word}")
        retired, birth = cleaned.get("retired_on"), cleaned.get("birth")
        if retired and birth and retired.year < birth.year + 30:
            self.add_error("retired_on", "离退休时间离出生不到 30 年，请核对两个日期")
        if (
            cleaned.get("counted") is False
            and not cleaned.get("counted_reason")
            and "counted_reason" not in self.errors
        ):
            self.add_error("counted_reason", "不计入统计要写明原因，如“由原籍统计”")
        return cleaned

    def check_birth(self, cleaned: dict[str, Any]) -> None:
        """The ID number and the recorded birth may differ: the personnel file decides, so it is asked, not refused."""
        birth, number = cleaned.get("birth"), cleaned.get("id_number")
        if not number and self.instance is not None and number != CLEAR:
            number = self.instance.id_number
        if not birth or not number or number == CLEAR:
            return
        if "birth" not in self.changed_data and "id_number" not in self.changed_data:
            return
        card = parse_id(number).birth  # type: ignore[union-attr]
        same = birth.year == card.year and birth.month in (None, card.month) and birth.day in (None, card.day)
        if same:
            return
        self.needs_confirm = True
        if not cleaned.get("confirm_birth"):
            self.add_error(
                "confirm_birth",
                f"身份证号里的出生日期是{PartialDate.of(card).display()}，填的是{birth.display()}，"
                "两处不一样。以人事档案为准，核对后勾选下面这一项",
            )

    def values(self) -> dict[str, Any]:
        values = {k: v for k, v in super().values().items() if k not in self.OWN_FIELDS}
        for name in SECRET:
            if values.get(name) == CLEAR:
                values[name] = ""
            elif not values.get(name) and self.instance is not None:
                values.pop(name, None)
        if values.get("birthday_calendar", "") in ("", BirthdayCalendar.SOLAR):
            values["birthday_calendar"] = BirthdayCalendar.SOLAR
            values["birthday_leap"] = False
            values.pop("birthday_month", None)
            values.pop("birthday_day", None)
        if not values.get("nature"):
            values.pop("nature", None)
        if values.get("counted"):
            values["counted_reason"] = ""
        return values


class CreateCadreForm(CadreForm):
    """A new file: how the person came into the roll."""

    kind = forms.ChoiceField(
        label="怎么进的名册", widget=forms.RadioSelect, initial=EventKind.ENROLLED,
        choices=((EventKind.ENROLLED, "新办离休、退休"), (EventKind.MOVED_IN, "从外面转入、移交接收")),
    )  # fmt: skip
    entered_on = forms.DateField(
        label="进名册的日期", required=False, widget=DateInput(), help_text="新办的不填就按离退休时间；转入的填接收日期"
    )
    other_place = text("从哪里转来", 100)
    OWN_FIELDS = ("confirm_birth", "kind", "entered_on", "other_place")
    ENTRY = ("kind", "entered_on", "other_place")

    def clean_entered_on(self) -> datetime.date | None:
        day = self.cleaned_data["entered_on"]
        if day and day > timezone.localdate():
            raise ValidationError("这一天还没到，请填今天或以前的日子")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (
            cleaned.get("kind") == EventKind.MOVED_IN
            and not cleaned.get("entered_on")
            and "entered_on" not in self.errors
        ):
            self.add_error("entered_on", "请填转入、接收的日期")
        return cleaned


class ChangeCadreForm(CadreForm):
    """An edit says whether something has changed since a day (变动) or was always so (更正)."""

    how = forms.ChoiceField(
        label="这次是变动还是更正", widget=forms.RadioSelect, initial="change",
        choices=(("change", "情况变了（变动）：从下面这一天起是新的，以前的统计不动"),
                 ("correct", "原来记错了（更正）：一直就该是这样")),
    )  # fmt: skip
    since = forms.DateField(label="从哪一天起", required=False, widget=DateInput(), help_text="变动才填；不填就是今天")
    OWN_FIELDS = ("confirm_birth", "how", "since")

    def __init__(self, *args, user: Any, instance: Cadre | None = None, **kwargs) -> None:
        if instance is not None and instance.standing != Standing.PRESENT:
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "how": "correct"}
        super().__init__(*args, user=user, instance=instance, **kwargs)

    def clean_since(self) -> datetime.date | None:
        day = self.cleaned_data["since"]
        if day and day > timezone.localdate():
            raise ValidationError("这一天还没到，请填今天或以前的日子")
        return day

    @property
    def effective_since(self) -> datetime.date | None:
        if self.cleaned_data["how"] == "correct":
            return None
        return self.cleaned_data["since"] or timezone.localdate()
