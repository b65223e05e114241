"""A few years go by in the demo city: people die, move, fall ill, and are visited."""

from __future__ import annotations

import datetime
import random
from typing import Any

from django.db.models import Q

from accounts.models import Organization, User
from cadres import actions as cadre_actions
from cadres.models import Cadre
from common.codes import Category, Living, SelfCare
from common.lunar import festivals_between
from visits import actions as visit_actions
from visits.codes import Manner, Occasion

WORDS = (
    "精神好，能自己下楼；叮嘱按时吃药。",
    "一家团聚，老人状态好，问起老年大学开课的事。",
    "听力差了些，和女儿一起聊了半小时。",
    "刚出院，行动慢，家属说恢复得还可以。",
    "想见见老同事，已记下，重阳节活动时安排接送。",
    "卫生间想装扶手，已转单位办理。",
    "一切都好。",
)
VISITORS = ("周望、李静", "王海燕", "单位分管领导、联络员", "社区书记、赵欣")
OCCASIONS = {
    Occasion.SPRING: 30,
    Occasion.MID_AUTUMN: 16,
    Occasion.DOUBLE_NINTH: 16,
    Occasion.HOSPITAL: 8,
    Occasion.BIRTHDAY: 10,
    Occasion.ORDINARY: 20,
}
#: Characters that clerks confuse by ear.
SOUND_THE_SAME = str.maketrans("华军建国民英明红伟平", "花君健帼珉瑛鸣宏炜萍")
PAID = (Occasion.SPRING, Occasion.DOUBLE_NINTH)
FESTIVALS = (Occasion.SPRING, Occasion.MID_AUTUMN, Occasion.DOUBLE_NINTH)
GIFTS = {
    Occasion.SPRING: "春联、福字、米面油",
    Occasion.MID_AUTUMN: "月饼、水果",
    Occasion.DOUBLE_NINTH: "重阳糕、牛奶",
    Occasion.BIRTHDAY: "蛋糕、鲜花",
    Occasion.HOSPITAL: "鲜花、水果",
}


class Life:
    """Everything that happens, drawn from one seed, up to ``today``."""

    def __init__(self, *, seed: int, today: datetime.date) -> None:
        self.random = random.Random(seed)
        self.today = today

    def deaths(self, *, years: int) -> int:
        """Each year about one 离休 in nine and one old 退休 in forty dies, on some day of that year."""
        count = 0
        for year in range(self.today.year - years, self.today.year + 1):
            last = min(datetime.date(year, 12, 31), self.today)
            share = (last - datetime.date(year, 1, 1)).days / 365
            present = list(Cadre.objects.present().select_related("unit").order_by("pk"))
            for cadre in present:
                age = year - cadre.birth.year if cadre.birth else 0
                chance = 0.11 if cadre.category == Category.LEAVE else max(0.0, (age - 76) / 450)
                if self.random.random() > chance * share:
                    continue
                day = datetime.date(year, 1, 1) + datetime.timedelta(
                    days=self.random.randint(0, (last - datetime.date(year, 1, 1)).days)
                )
                first = cadre.states.order_by("valid_from").first()
                if first is None or day <= first.valid_from:
                    continue
                cadre_actions.decease_cadre(actor=None, cadre=cadre, died_on=day)
                count += 1
        return count

    def changes(self, *, actor: User) -> int:
        """Transfers between units, a few out of the city, and changed living states, this year."""
        start = datetime.date(self.today.year, 1, 1)
        people = self._sample(Cadre.objects.present().filter(states__valid_from__lt=start), 46)
        units = list(Organization.objects.of_kind("unit").order_by("pk"))
        count = 0
        for index, cadre in enumerate(people):
            day = start + datetime.timedelta(days=self.random.randint(0, max((self.today - start).days - 1, 0)))
            if index < 8:
                unit = self.random.choice(units)
                if unit.pk == cadre.unit_id:
                    continue
                cadre_actions.move_out(actor=actor, cadre=cadre, on=day, to_unit=unit, note="单位改制，整体移交")
            elif index < 12:
                cadre_actions.move_out(
                    actor=actor, cadre=cadre, on=day, to_place="江苏南京", note="随子女迁居，关系转出"
                )
            else:
                values = {"living": Living.ALONE} if index % 2 else {"self_care": SelfCare.PARTIAL, "health": "3"}
                cadre_actions.change_cadre(actor=actor, cadre=cadre, values=values, since=day)
            count += 1
        return count

    def lunar_birthdays(self) -> int:
        """A fifth of the oldest keep their lunar birthday."""
        people = list(Cadre.objects.present().filter(category=Category.LEAVE).order_by("pk"))
        chosen = people[::5]
        for cadre in chosen:
            cadre_actions.change_cadre(
                actor=None,
                cadre=cadre,
                values={
                    "birthday_calendar": "lunar",
                    "birthday_month": self.random.randint(1, 12),
                    "birthday_day": self.random.randint(1, 30),
                },
            )
        return len(chosen)

    def second_files(self, *, actor: User) -> int:
        """Some are registered twice: by a community without their number, under a name that sounds the same, with an
        old number of which one digit is wrong, or by the unit they had left."""
        people = list(Cadre.objects.present().exclude(id_number="").filter(birth__gt="").order_by("pk")[40::97][:12])
        units = list(Organization.objects.of_kind("unit").order_by("pk")[:12])
        for index, cadre in enumerate(people):
            values: dict[str, Any] = {
                "name": cadre.name, "sex": cadre.sex, "birth": cadre.birth, "category": cadre.category,
                "unit": cadre.unit, "retired_on": cadre.retired_on, "community": cadre.community,
                "phone": f"1390000{index:04d}", "address": "滨河路 12 号 3 单元", "hobbies": "书法、太极拳",
            }  # fmt: skip
            if index % 4 == 0:
                values["name"] = cadre.name.translate(SOUND_THE_SAME)
            elif index % 4 == 1:
                old = cadre.id_number[:6] + cadre.id_number[8:17]
                values["id_number"] = f"{old[:-1]}{(int(old[-1]) + 2) % 10}"
            elif index % 4 == 2:
                values["unit"] = units[index]
            second = cadre_actions.create_cadre(actor=None, values=values)
            child = {"name": f"{cadre.name[:1]}小军", "kinship": "20", "phone": f"1370000{index:04d}"}
            cadre_actions.add_family_member(actor=None, cadre=second, values=child)
            self._visit(second, actor, Occasion.ORDINARY, self.today - datetime.timedelta(days=20 + index))
        return len(people)

    def visits(self, *, recorders: list[User]) -> int:
        """Festival visits of the year to the oldest, hospital and birthday visits, each by somebody who may."""
        count = 0
        for user in recorders:
            own = Cadre.objects.visible_to(user, "visit.log").present()
            oldest = own.filter(Q(category=Category.LEAVE) | Q(rank__in=["121", "122"]))
            for cadre in self._sample(oldest, 90) + self._sample(own, 24):
                for occasion, day in self._occasions():
                    self._visit(cadre, user, occasion, day)
                    count += 1
        return count

    def _occasions(self) -> list[tuple[str, datetime.date]]:
        """One to three visits of the last year: festivals shortly before their day, the others on any day."""
        start = self.today - datetime.timedelta(days=330)
        festivals = {festival.key: festival.date for festival in festivals_between(start, self.today)}
        names = self.random.choices(list(OCCASIONS), list(OCCASIONS.values()), k=self.random.randint(1, 3))
        found = []
        for occasion in dict.fromkeys(names):
            festival = festivals.get(occasion.value)
            if occasion in FESTIVALS and festival is None:
                continue
            day = (
                festival - datetime.timedelta(days=self.random.randint(1, 12))
                if festival
                else self.today - datetime.timedelta(days=self.random.randint(0, 330))
            )
            found.append((occasion, max(day, start)))
        return sorted(found, key=lambda item: item[1])

    def _visit(self, cadre: Cadre, user: User, occasion: str, day: datetime.date) -> None:
        visit_actions.create_visit(
            actor=user,
            cadre=cadre,
            values={
                "visited_on": day,
                "occasion": occasion,
                "manner": Manner.HOSPITAL if occasion == Occasion.HOSPITAL else Manner.HOME,
                "visitors": self.random.choice(VISITORS),
                "gift_money": self.random.choice([500, 1000]) if occasion in PAID else None,
                "gifts": GIFTS.get(occasion, ""),
                "words": self.random.choice(WORDS),
            },
        )

    def _sample(self, queryset, size: int) -> list[Cadre]:
        keys = sorted(set(queryset.values_list("pk", flat=True)))
        chosen = self.random.sample(keys, min(size, len(keys)))
        return list(Cadre.objects.filter(pk__in=chosen).select_related("unit").order_by("pk"))
