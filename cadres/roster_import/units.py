"""Which organization a row means: 隶属 and 单位 for the unit, the unit's district and 社区 for the community.

Existing organizations are positive numbers (their keys). What ``--create-organizations`` would make is a negative
number, a place in ``Directory.new``: nothing is written before the commit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from accounts.actions import guess_level
from accounts.models import Organization, OrganizationKind
from common.codes import Level, lookup
from common.scope import scope_of


@dataclass(slots=True)
class NewOrganization:
    """An organization to be made; ``parent`` and ``district`` are references like any other."""

    name: str
    kind: str
    parent: int | None
    district: int | None
    level: str
    nature: str = ""


class Refusal(NamedTuple):
    code: str
    field: str
    message: str
    hint: str


class Place(NamedTuple):
    """What the statistics need to know of a unit."""

    name: str
    level: str
    district: int | None
    nature: str


_UNIT_KINDS: Final = (
    OrganizationKind.UNIT, OrganizationKind.CENTER, OrganizationKind.SYSTEM, OrganizationKind.DISTRICT_BUREAU,
    OrganizationKind.CITY_BUREAU,
)  # fmt: skip
_BUREAU = re.compile(r"(?:党工委|[区县市]委|工委)?(?:组织部)?(?:老干部(?:工作)?局|老干局)$")
_MUNICIPAL: Final = frozenset(["市直", "市直单位", "市属", "市本级", "本级", "市级", "市直机关", "市属单位", "全市"])
_DISTRICT = re.compile(r".{1,12}(?:区|县|旗|市|新区|开发区|园区)")
_CITY = re.compile(r"^([\u4e00-\u9fff]{2,4}?市)(?:市?[直属委]|离|老|20|\d)")


class Directory:
    """The organization tree in memory, and the organizations an import would add to it."""

    def __init__(
        self,
        *,
        actor: Any,
        create: bool,
        titles: list[str],
        target: Organization | None = None,
        right: str = "roster.import",
        only: Organization | None = None,
    ) -> None:
        """``right``: what the uploader acts by; ``only``: the unit whose own roster this is, no other may be named.
        Whoever only hands in (roster.submit) touches people of that unit alone, even if he answers for more."""
        self.create = create
        self.only = only
        self.submitting = right == "roster.submit"
        self.new: list[NewOrganization] = []
        self.places: dict[int, Place] = {}
        self.root: int | None = None
        self.target = target
        self.by_place: dict[tuple[int | None, str], int] = {}
        self.by_name: dict[str, list[int]] = {}
        self.districts: dict[str, int] = {}
        self.streets: dict[tuple[int, str], int] = {}
        self.communities: dict[tuple[int, str], int] = {}
        self.anywhere: dict[str, list[int]] = {}
        scope = scope_of(actor, right) if actor is not None else None
        self.allowed: set[int] | None = None
        if scope is not None and not scope.everything:
            held = scope.organizations
            self.allowed = set() if held is None else set(held.values_list("pk", flat=True))
        if only is not None and self.submitting:
            self.allowed = {only.pk} if self.allowed is None else self.allowed & {only.pk}
        if actor is not None and create and not actor.holds("organization.change"):
            self.create = False
        self._load()
        if self.root is None and self.create and self.allowed is None:
            self.root = self._add(
                NewOrganization(_city_name(titles), OrganizationKind.CITY_BUREAU, None, None, Level.MUNICIPAL)
            )

    def _load(self) -> None:
        rows = Organization.objects.order_by("path").values_list(
            "pk", "name", "short_name", "kind", "parent_id", "district_id", "nature", "level"
        )
        for pk, name, short, kind, parent, district, nature, level in rows:
            if parent is None:
                self.root = pk
            self._index(pk, name, short, kind, district)
            self.places[pk] = Place(name, str(level or Level.MUNICIPAL), district, str(nature))

    def _index(self, ref: int, name: str, short: str, kind: str, district: int | None) -> None:
        for text in dict.fromkeys((name, short)):
            if not text:
                continue
            self.anywhere.setdefault(text, []).append(ref)
            if kind in _UNIT_KINDS:
                self.by_place.setdefault((district, text), ref)
                self.by_name.setdefault(text, []).append(ref)
            if kind == OrganizationKind.DISTRICT_BUREAU:
                self.districts.setdefault(text, ref)
                self.districts.setdefault(_BUREAU.sub("", text), ref)
            elif kind == OrganizationKind.STREET and district is not None:
                self.streets.setdefault((district, text), ref)
            elif kind == OrganizationKind.COMMUNITY and district is not None:
                self.communities.setdefault((district, text), ref)

    def _add(self, organization: NewOrganization) -> int:
        self.new.append(organization)
        ref = -len(self.new)
        if organization.kind == OrganizationKind.DISTRICT_BUREAU:
            organization.district = ref
        self._index(ref, organization.name, "", organization.kind, organization.district)
        self.places[ref] = Place(
            organization.name, str(organization.level), organization.district, str(organization.nature)
        )
        return ref

    def in_scope(self, ref: int | None) -> bool:
        """Whether the uploader may import people of this organization; a new one stands where its parent does."""
        if self.allowed is None:
            return True
        while ref is not None and ref < 0:
            ref = self.new[-ref - 1].parent
        return ref in self.allowed

    # -- units ------------------------------------------------------------------------------------------------
    def unit(self, affiliation: str | None, name: str | None, nature: str | None) -> int | Refusal:
        """The paying unit of a row, or why there is none."""
        if self.only is not None:
            return self._own(name)
        if not name:
            return Refusal("unit_missing", "unit_name", "没有写单位", "补上单位全称")
        district, known = self._district(affiliation)
        if isinstance(district, Refusal):
            return district
        ref = self.by_place.get((district, name)) if known else self._by_name_alone(name)
        if isinstance(ref, Refusal):
            return ref
        if ref is None:
            home = district if known else self._district_within(name)
            if home is None and not known and affiliation and affiliation.strip():
                return Refusal(
                    "affiliation_unclear",
                    "affiliation",
                    f"隶属只写了“{affiliation}”，看不出是哪个区县",
                    "写明区县名，或写“市直”",
                )
            ref = self._new_unit(home, name, nature or "")
        if isinstance(ref, int) and not self.in_scope(ref):
            return Refusal(
                "unit_out_of_scope", "unit_name", f"“{name}”不归您管，不能替它导入", "请交给管这个单位的人导入"
            )
        return ref

    def _own(self, name: str | None) -> int | Refusal:
        """In a unit's own roster: that unit, where the row names it or none."""
        unit = self.only
        assert unit is not None
        if name and name not in {unit.name, unit.short_name}:
            message = f"这是{unit.name}的名册，这一行写的单位是“{name}”"
            return Refusal("unit_other", "unit_name", message, "别的单位的人由他们自己报，删去这一行；写错了就改正")
        if not self.in_scope(unit.pk):
            return Refusal("unit_out_of_scope", "unit_name", f"“{unit.name}”不归您管，不能替它报", "请交给管它的人报")
        return unit.pk

    def _by_name_alone(self, name: str) -> int | Refusal | None:
        found = self.by_name.get(name, [])
        if len(set(found)) > 1:
            return Refusal("unit_ambiguous", "unit_name", f"有几个单位都叫“{name}”", "在“隶属”列写明市直还是哪个区县")
        return found[0] if found else None

    def _district_within(self, name: str) -> int | None:
        """A unit without 隶属 whose name begins with a district's belongs there; else where the upload is for."""
        for text, ref in self.districts.items():
            if text and name.startswith(text):
                return ref
        return self.target.district_id if self.target is not None else None

    def _district(self, affiliation: str | None) -> tuple[int | Refusal | None, bool]:
        """(district or None for the city itself, whether the text says which)."""
        text = (affiliation or "").strip()
        if not text:
            return None, False
        if text in self.districts:
            return self.districts[text], True
        if text in _MUNICIPAL or lookup(Level, text) == Level.MUNICIPAL:
            return None, True
        if lookup(Level, text) is not None:  # 区县 and the like: no district in particular
            return None, False
        root = self.places.get(self.root) if self.root is not None else None
        if root is not None and root.name.startswith(text):
            return None, True
        if self.create and self.allowed is None and self.root is not None and _DISTRICT.fullmatch(text):
            kind = OrganizationKind.DISTRICT_BUREAU
            return self._add(NewOrganization(text, kind, self.root, None, guess_level(text, kind))), True
        hint = "核对隶属；是新区县的，先到“单位与管理责任”建好，或勾选“新单位一并建立”"
        return Refusal("unit_unknown", "affiliation", f"没有“{text}”这个区县", hint), True

    def _new_unit(self, district: int | None, name: str, nature: str) -> int | Refusal:
        parent = district if district is not None else self.root
        if not self.create or parent is None:
            hint = "核对单位名称；是新单位的，先到“单位与管理责任”建好，或勾选“新单位一并建立”"
            return Refusal("unit_unknown", "unit_name", f"单位“{name}”还没有登记", hint)
        if not self.in_scope(parent):
            return Refusal(
                "unit_out_of_scope", "unit_name", f"“{name}”不归您管，不能替它导入", "请交给管这个单位的人导入"
            )
        level = self.places[district].level if district is not None else Level.MUNICIPAL
        return self._add(NewOrganization(name[:100], OrganizationKind.UNIT, parent, district, level, nature))

    def reporting_unit(self, own: str) -> str | None:
        """The unit a whole sheet is of, where its rows do not say (``own``: by 填报单位 or title); never a district."""
        if own and own not in _MUNICIPAL and own not in self.districts and not _DISTRICT.fullmatch(own):
            return own
        return self.target.name if self.target is not None and self.target.parent_id else None

    # -- communities and managing units ---------------------------------------------------------------------------
    def community(self, unit: int, street: str | None, name: str) -> int | None:
        """The community, where the unit's district says in which district it lies; None: kept as text only."""
        district = self.places[unit].district
        if district is None:
            return None
        found = self.communities.get((district, name))
        if found is not None or not self.create:
            return found
        level, parent = self.places[district].level, district
        if street:
            known = self.streets.get((district, street))
            parent = (
                known
                if known is not None
                else self._add(NewOrganization(street[:100], OrganizationKind.STREET, district, district, level))
            )
        return self._add(NewOrganization(name[:100], OrganizationKind.COMMUNITY, parent, district, level))

    def managing(self, name: str) -> int | None:
        found = set(self.anywhere.get(name, ()))
        return found.pop() if len(found) == 1 else None


def _city_name(titles: list[str]) -> str:
    """The city as the workbooks' titles name it, else 全市."""
    for title in titles:
        match = _CITY.match(title)
        if match:
            return match[1]
    return "全市"
