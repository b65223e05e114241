"""Demo city: liaisons propose, units confirm, some people live away and are verified, some records lie untouched."""

from __future__ import annotations

import datetime
import random

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from cadres import actions
from cadres.models import Cadre, Proposal, RosterConfirmation, VerificationWay
from cadres.querysets.upkeep import needing_verification, units_to_confirm
from cadres.upkeep import Quarter
from common.bulk import update_rows
from common.codes import Category

AWAY_TO = ("广东深圳，随女儿", "海南三亚", "北京，随儿子", "四川成都", "上海，随女儿")
REASONS = ("本人来电更正", "家属来电告知", "上门时看过身份证", "走访时本人说的")


class Upkeep:
    """Everything that happens, drawn from one seed, up to ``today``."""

    def __init__(self, *, seed: int, today: datetime.date) -> None:
        self.random = random.Random(seed)
        self.today = today

    def run(self) -> None:
        self.untouched()
        self.survivors_and_travellers()
        liaisons = User.objects.filter(role_grants__role__in=[Role.UNIT_LIAISON, Role.COMMUNITY_LIAISON])
        for liaison in liaisons.distinct().order_by("pk"):
            self.proposals(liaison)
            self.verifications(liaison)
        self.certified()
        self.settled()
        self.confirmations()

    def untouched(self) -> None:
        """A twelfth of all records were last edited one to three years ago."""
        keys = list(Cadre.objects.present().order_by("pk").values_list("pk", flat=True))[::12]
        now = timezone.now()
        rows = [(now - datetime.timedelta(days=self.random.randint(370, 1100)), pk) for pk in keys]
        update_rows(Cadre, ["id"], ["updated_at"], rows)

    def survivors_and_travellers(self) -> None:
        """Some of the retired live elsewhere; some of the dead left a survivor."""
        for cadre in self._sample(Cadre.objects.present().filter(category=Category.RETIREE, relocated=False), 40):
            actions.change_cadre(actor=None, cadre=cadre, values={"away": True, "away_to": self.random.choice(AWAY_TO)})
        for cadre in self._sample(Cadre.objects.filter(standing="deceased", marriage="20"), 24):
            birth = cadre.birth
            actions.create_cadre(
                actor=None,
                values={
                    "name": cadre.name[0] + self.random.choice(("秀兰", "桂英", "玉珍", "淑华", "凤琴")),
                    "sex": "2" if cadre.sex == "1" else "1",
                    "birth": birth,
                    "category": Category.SURVIVOR,
                    "unit": cadre.unit,
                    "survivor_of": cadre,
                },
                entered_on=cadre.died_on,
            )

    def proposals(self, liaison: User) -> None:
        own = Cadre.objects.visible_to(liaison, "proposal.make").present()
        for index, cadre in enumerate(self._sample(own, 6)):
            told = {"actor": liaison, "cadre": cadre, "reason": self.random.choice(REASONS)}
            if index == 4:
                actions.make_proposal(**told, kind="move_out", on=self.today, to_place="江苏苏州", in_city=False)
            else:
                phone = f"1390000{self.random.randint(0, 9999):04d}"
                living = "5" if cadre.living != "5" else "1"
                values = ({"phone": phone}, {"living": living, "address": "滨河路 12 号养老院"})[index % 2]
                actions.make_proposal(**told, kind="change", values=values, on=self.today if index % 2 else None)

    def settled(self) -> None:
        """One of each liaison came back, one was accepted."""
        staff = User.objects.get(username="lijing")
        seen: dict[int, int] = {}
        for proposal in Proposal.objects.waiting().filter(kind="change").order_by("pk"):
            number = seen[proposal.made_by_id] = seen.get(proposal.made_by_id, 0) + 1
            if number == 1:
                actions.accept_proposal(actor=staff, proposal=proposal)
            elif number == 2:
                actions.return_proposal(actor=staff, proposal=proposal, words="请写明是哪一家养老院，并附入住协议照片")

    def verifications(self, liaison: User) -> None:
        own = list(needing_verification(Cadre.objects.visible_to(liaison, "verification.record")).order_by("pk"))
        for index, cadre in enumerate(own):
            if index % 3 == 2 or cadre.verifications.filter(year=self.today.year).exists():
                continue
            lost = index == 1
            actions.record_verification(
                actor=liaison,
                cadre=cadre,
                values={
                    "done_on": datetime.date(self.today.year, 1, 1)
                    + datetime.timedelta(days=self.random.randint(0, self.today.timetuple().tm_yday - 1)),
                    "way": self.random.choice(VerificationWay.values),
                    "result": "lost" if lost else "alive",
                    "note": "电话停机，已请社区帮着找家属" if lost else "",
                },
            )

    def certified(self) -> None:
        """Staff took the certificates of half of the others in spring."""
        staff = User.objects.get(username="lijing")
        keys = list(needing_verification(Cadre.objects.all()).order_by("pk").values_list("pk", flat=True))
        spring = min(datetime.date(self.today.year, 4, 20), self.today)
        actions.record_many(actor=staff, cadres=[key for key in keys if key % 2], done_on=spring)

    def confirmations(self) -> None:
        """Two of three units confirmed the last quarter, one of three this one; the demo liaisons have yet to."""
        staff = User.objects.get(username="lijing")
        quarter = Quarter.of(self.today)
        counts: dict[int, int] = {}
        for unit in Cadre.objects.present().values_list("unit_id", flat=True):
            counts[unit] = counts.get(unit, 0) + 1
        liaisons = User.objects.filter(role_grants__role=Role.UNIT_LIAISON)
        kept = {unit.pk for user in liaisons for unit in units_to_confirm(user, quarter)}
        rows = []
        for index, (unit, people) in enumerate(sorted(counts.items())):
            for which, share in ((quarter.previous, (0, 1)), (quarter, (0,))):
                if unit in kept or index % 3 not in share:
                    continue
                latest = min(self.today, which.due_on + datetime.timedelta(days=9))
                day = which.first + datetime.timedelta(days=self.random.randint(0, (latest - which.first).days))
                rows.append(
                    RosterConfirmation(
                        organization_id=unit, year=which.year, quarter=which.number, people=people, confirmed_by=staff,
                        confirmed_at=datetime.datetime.combine(day, datetime.time(10), tzinfo=timezone.get_current_timezone()),
                    )
                )  # fmt: skip
        RosterConfirmation.objects.bulk_create(rows)

    def _sample(self, queryset, size: int) -> list[Cadre]:
        keys = sorted(queryset.values_list("pk", flat=True))
        chosen = self.random.sample(keys, min(size, len(keys)))
        return list(Cadre.objects.filter(pk__in=chosen).select_related("unit").order_by("pk"))
