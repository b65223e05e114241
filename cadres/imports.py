"""Plain import of the list of units (单位名单): preview by a dry run, then the same run for good."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import tablib
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from import_export import resources
from import_export.fields import Field
from import_export.results import RowResult

from accounts import actions
from accounts.models import Organization, OrganizationKind
from cadres.roster.guards import UploadRefused
from cadres.roster.reading import read_sheets
from common import audit
from common.codes import Level, Nature, lookup
from common.scope import scope_of

HEADERS = {
    "code": "单位代码", "name": "名称", "short_name": "简称", "kind": "类别", "parent": "上级代码", "nature": "性质", "level": "隶属",
}  # fmt: skip
REQUIRED = ("code", "name", "kind", "parent")
MAX_ROWS = 5000
KIND_WORDS = {str(label): value for value, label in OrganizationKind.choices}


def plain(value: Any) -> str:
    """A cell as text: 1.0 -> 1, dates as they read."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value if value is not None else "").strip()


def read_list(data: bytes, filename: str) -> tuple[list[list[str]], int]:
    """Rows of the first sheet with the head found within ten rows: (head and rows, Excel's number of the head row)."""
    for sheet in read_sheets(data, filename):
        for number in range(min(sheet.height, 10)):
            head = ["".join(plain(cell).split()) for cell in sheet.row(number)]
            if all(HEADERS[name] in head for name in REQUIRED):
                rows = [[plain(cell) for cell in sheet.row(n)] for n in range(number + 1, sheet.height)]
                if len(rows) > MAX_ROWS:
                    raise UploadRefused("too_many_rows", f"单位名单超过 {MAX_ROWS} 行", "请分成几个文件上传")
                return [head, *rows], number + 1
    names = "、".join(HEADERS[name] for name in REQUIRED)
    raise UploadRefused("no_head", f"没有找到栏目行，里面至少要有：{names}", "可以先导出现在的单位名单，照它的样子填")


@dataclass
class Row:
    """One line of the preview. ``number`` as Excel numbers it."""

    number: int
    code: str
    name: str
    outcome: str
    message: str = ""


@dataclass
class Outcome:
    rows: list[Row] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        return {name: self.count(name) for name in ("new", "changed", "unchanged", "refused")}


OUTCOMES = {
    RowResult.IMPORT_TYPE_NEW: "new",
    RowResult.IMPORT_TYPE_UPDATE: "changed",
    RowResult.IMPORT_TYPE_SKIP: "unchanged",
}


class OrganizationImport(resources.ModelResource):
    """Rows are found by code within the user's scope; every write goes through accounts.actions."""

    code = Field("code", HEADERS["code"])

    class Meta:
        model = Organization
        fields = ("code",)
        import_id_fields = ("code",)
        skip_diff = True
        store_instance = False
        use_transactions = True

    def __init__(self, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        self.values: dict[str, Any] = {}

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Organization | None:
        code = row.get(HEADERS["code"], "")
        return Organization.objects.visible_to(self.user).filter(code=code).first() if code else None

    def import_instance(self, instance: Organization, row: dict[str, Any], **kwargs: Any) -> None:
        cells = {name: row.get(label, "") for name, label in HEADERS.items()}
        for name in REQUIRED[:3]:
            if not cells[name]:
                raise ValidationError(f"{HEADERS[name]}没有填")
        kind = KIND_WORDS.get(cells["kind"])
        if kind is None:
            raise ValidationError(f"类别“{cells['kind']}”认不出，请写：{'、'.join(KIND_WORDS)}")
        values = {"name": cells["name"], "short_name": cells["short_name"], "kind": kind, "code": cells["code"]}
        for name, choices in (("nature", Nature), ("level", Level)):
            if cells[name]:
                found = lookup(choices, cells[name])
                if found is None:
                    raise ValidationError(f"{HEADERS[name]}“{cells[name]}”认不出")
                values[name] = str(found.value)
        parent = None
        if cells["parent"]:
            parent = (
                Organization.objects.visible_to(self.user, "organization.change").filter(code=cells["parent"]).first()
            )
            if parent is None:
                raise ValidationError(f"上级代码 {cells['parent']} 不在名单里，请先加上级，或核对代码")
        elif instance.pk is None:
            raise ValidationError("上级代码没有填")
        self.values, self.parent = values, parent

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors or instance.pk is None:
            return False
        same = all(getattr(instance, name) == value for name, value in self.values.items())
        return same and (self.parent is None or self.parent.pk == instance.parent_id)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Organization, is_create: bool, row: Any, **kwargs: Any) -> None:
        try:
            if is_create:
                actions.create_organization(actor=self.user, parent=self.parent, **self.values)
                return
            actions.change_organization(actor=self.user, organization=instance, values=self.values)
            if self.parent is not None and self.parent.pk != instance.parent_id:
                actions.move_organization(actor=self.user, organization=instance, parent=self.parent)
        except PermissionDenied:
            raise ValidationError("这个单位不归您管，不能改") from None

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        return None


def run(*, user: Any, table: list[list[str]], head_row: int, commit: bool) -> Outcome:
    """Import a read list. Without ``commit`` everything is rolled back: the preview has no side effect."""
    if scope_of(user, "organization.change").nothing:
        raise PermissionDenied
    head, *rows = table
    dataset = tablib.Dataset(headers=head)
    numbers = []
    for number, row in enumerate(rows, start=head_row + 1):
        if any(row):
            dataset.append(row)
            numbers.append(number)
    with transaction.atomic():
        result = OrganizationImport(user).import_data(dataset, dry_run=not commit, use_transactions=True)
        outcome = outcome_of(result, dataset, numbers)
        if commit:
            counts = outcome.counts
            audit.record(
                actor=user,
                action="organization.import",
                changes={name: [None, count] for name, count in counts.items()},
            )
    return outcome


def outcome_of(result: Any, dataset: tablib.Dataset, numbers: list[int]) -> Outcome:
    """What became of each row, in the bureau's words."""
    found = Outcome()
    for number, line, row in zip(numbers, dataset.dict, result.rows, strict=False):
        kind, message = OUTCOMES.get(row.import_type, "refused"), ""
        if kind == "refused":
            error = row.validation_error
            message = "；".join(error.messages) if error else "这一行没能读懂，请核对"
        found.rows.append(Row(number, line[HEADERS["code"]], line[HEADERS["name"]], kind, message))
    return found
