"""manage.py load_demo: the demo city, made by the same importer and actions that real users use."""

from __future__ import annotations

import datetime
import io
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from cadres.actions import decease_cadre, find_duplicates
from cadres.actions.roster import upload_roster
from cadres.models import Cadre
from cadres.tasks import read_roster
from common.codes import Category
from common.commands import SongheCommand
from reports.demo.city import build_accounts, build_organizations, stored_accounts
from reports.demo.collection import open_one_collection
from reports.demo.life import Life
from reports.demo.people import Invention, Person
from reports.demo.quality import score_with_past, spoil
from reports.demo.reconciliation import hand_in_rosters
from reports.demo.reporting import begin_this_year, seal_last_year
from reports.demo.upkeep import Upkeep
from reports.demo.words import COMMUNITIES, DISTRICTS
from reports.demo.workbooks import FULL, SHORT, write_roster
from visits.rosters import send_roster_notices

SEED = 20171231
YEARS_OF_LIFE = 5


class Command(SongheCommand):
    help = "装入演示城市“青岚市”（全部虚构），并打印演示账号"

    def add_arguments(self, parser) -> None:
        parser.add_argument("--people", type=int, default=3000, help="人数，默认 3000")
        parser.add_argument("--if-empty", action="store_true", help="已经有单位时什么也不做")
        parser.add_argument("--list-accounts", action="store_true", help="只打印演示账号")

    def handle(self, *args, people: int, if_empty: bool, list_accounts: bool, **options) -> None:
        if list_accounts:
            self.print_accounts()
            return
        if Organization.objects.root() is not None:
            if if_empty:
                return
            raise CommandError("库里已经有单位了；演示城市只装进空库")
        today = timezone.localdate()
        build_organizations()
        build_accounts()
        with tempfile.TemporaryDirectory() as folder:
            self.import_rosters(Path(folder), people=people, year=today.year - YEARS_OF_LIFE - 1)
            for year in range(today.year - YEARS_OF_LIFE, today.year + 1):
                self.import_newly_retired(Path(folder), people=people, year=year)
            self.live(today)
            self.leave_one_import_waiting(Path(folder), year=today.year - 1)
            hand_in_rosters(Path(folder), year=today.year - 1, liaison=User.objects.get(username="wanghaiyan"))
        open_one_collection(today=today)
        spoil(SEED)
        score_with_past()
        find_duplicates()
        seal_last_year(today)  # after everything that changes people
        self.learn_later(today)
        begin_this_year(today, seed=SEED)
        call_command("send_due_notices", stdout=io.StringIO())
        send_roster_notices()
        self.stdout.write(f"演示城市已装好，约 {people} 人，全部虚构")
        self.print_accounts()

    def import_rosters(self, folder: Path, *, people: int, year: int) -> None:
        """A workbook for 市直 and one for each district, as typed at the end of ``year``."""
        invention = Invention(seed=SEED, year=year)
        rosters = folder / "名册"
        rosters.mkdir()
        everyone: list[Person] = []
        for index, (affiliation, share) in enumerate(self.shares().items()):
            size = max(round(people * share), 6)
            leaves = max(round(size * 0.075), 1)
            group = list(invention.people(affiliation=affiliation, retirees=size - leaves, leaves=leaves))
            everyone += group
            label = "市直单位" if affiliation == "市直" else affiliation
            write_roster(
                rosters / f"{label}离退休干部花名册.xlsx",
                group,
                title=f"{label}离退休干部花名册",
                columns=FULL if index % 2 == 0 else SHORT,
                banner=index % 2 == 1,
                unit=label,
                mistakes=affiliation in {"北坪区", "红崖县"},
            )
        twice = [person for person in everyone if person.affiliation in COMMUNITIES][::9]
        write_roster(
            rosters / "社区登记名册.xlsx",
            twice,
            title="社区登记离退休干部名册",
            columns=SHORT,
            unit="各街道社区",
        )
        call_command(
            "import_rosters",
            str(rosters),
            year=year,
            commit=True,
            create_organizations=True,
            stdout=io.StringIO(),
        )

    def import_newly_retired(self, folder: Path, *, people: int, year: int) -> None:
        """Each year about one in thirty is newly retired; one workbook for the whole city."""
        invention = Invention(seed=SEED + year, year=year, first_serial=100 + year % 10 * 20)
        group = [
            person
            for affiliation, share in self.shares().items()
            for person in invention.newly_retired(affiliation=affiliation, number=round(people * share / 30))
        ]
        title = f"{year}年新办退休干部名册"
        self.bring_in(write_roster(folder / f"{title}.xlsx", group, title=title, columns=FULL, unit="全市"), year)

    @staticmethod
    def learn_later(today: datetime.date) -> None:
        """Two deaths of last year that became known after it was sealed."""
        staff, day = User.objects.get(username="lijing"), datetime.date(today.year - 1, 11, 6)
        known = Cadre.objects.present().filter(category=Category.RETIREE, retired_on__lt=str(today.year - 3))
        for number, cadre in enumerate(known.order_by("pk")[40:42]):
            decease_cadre(actor=staff, cadre=cadre, died_on=day + datetime.timedelta(days=number * 9))

    @staticmethod
    def bring_in(path: Path, year: int) -> None:
        call_command(
            "import_rosters", str(path), year=year, commit=True, create_organizations=True, stdout=io.StringIO()
        )

    @staticmethod
    def shares() -> dict[str, float]:
        each = 0.5 / (len(DISTRICTS) - 1)
        return {"市直": 0.49, **dict.fromkeys(DISTRICTS[:-1], each), DISTRICTS[-1]: 0.01}

    def live(self, today: datetime.date) -> None:
        life = Life(seed=SEED, today=today)
        staff = User.objects.get(username="lijing")
        life.lunar_birthdays()
        life.deaths(years=YEARS_OF_LIFE)
        life.changes(actor=staff)
        recorders = User.objects.filter(role_grants__role__in=[Role.STAFF, Role.UNIT_LIAISON, Role.COMMUNITY_LIAISON])
        life.visits(recorders=list(recorders.distinct().order_by("pk")))
        life.second_files(actor=staff)
        Upkeep(seed=SEED, today=today).run()

    def leave_one_import_waiting(self, folder: Path, *, year: int) -> None:
        """A district's newest roster with a few mistakes, uploaded and read, waiting for somebody to look at it."""
        invention = Invention(seed=SEED + 1, year=year, first_serial=400)
        group = list(invention.people(affiliation="北坪区", retirees=46, leaves=0))
        path = write_roster(
            folder / "北坪区新增离退休干部名册.xlsx",
            group,
            title="北坪区新增离退休干部名册",
            columns=SHORT,
            banner=True,
            unit="北坪区",
            mistakes=True,
        )
        staff = User.objects.get(username="lijing")
        job = upload_roster(actor=staff, files=[(path.name, path.read_bytes())], year=year)
        read_roster(job.pk)

    def print_accounts(self) -> None:
        accounts = stored_accounts()
        if not accounts:
            return
        self.stdout.write("演示账号（密码都是下面这一个，只在本机）：")
        for account in accounts:
            self.stdout.write(f"  {account.username:<12}{account.name}（{account.role}）")
        self.stdout.write(f"  密码 {accounts[0].password}")
