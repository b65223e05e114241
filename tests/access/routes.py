"""Every route of the system and what each of the cast gets from it. A route without a row here fails the test.

Statuses are those of GET on an object of unit A (韩松年, who lives in the community); ``post`` marks routes that only
take POST (GET is 405). Roles that a row does not name get 403: they lack the right altogether.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SIGNED_IN = ("staff", "liaison_a", "liaison_b", "community_liaison", "leader", "system_admin", "security_admin",
             "audit_admin", "nobody")  # fmt: skip
ROLES = (*SIGNED_IN, "disabled", "anonymous")
LIAISONS = ("liaison_a", "liaison_b", "community_liaison")

Statuses = dict[str, int]


def everyone(status: int = 200) -> Statuses:
    return dict.fromkeys(SIGNED_IN, status)


def only(*names: str, status: int = 200) -> Statuses:
    return dict.fromkeys(names, status)


#: Whoever reads people, on a page that is not about one of them.
READERS = only("staff", *LIAISONS, "leader")
#: A page about somebody of unit A: unit B's liaison finds nothing.
OF_A = READERS | {"liaison_b": 404}
#: A page that changes somebody of unit A: visible to more than may change.
CHANGE_A = {"staff": 200, "liaison_a": 403, "community_liaison": 403, "leader": 403, "liaison_b": 404}
STAFF = only("staff")
STATISTICS = only("staff", "leader")
TABLES = STATISTICS | only("liaison_a", "liaison_b")
CITY_STAFF = only("staff")
#: Unit A's report.
REPORT_A = only("staff", "leader", "liaison_a") | {"liaison_b": 404}


@dataclass(frozen=True)
class Route:
    """``target``: which object's key goes into the path (a name of `Targets`); ``absent`` tries a key that is not there."""

    get: Statuses
    target: str = ""
    post: bool = False
    public: bool = False
    keys: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    data: Callable[[Any], dict[str, Any]] | None = None


ROUTES: dict[str, Route] = {
    "home": Route(everyone()),
    "help": Route(everyone()),
    "accounts:signin": Route(everyone(302), public=True),
    "accounts:welcome": Route(everyone(), public=True),
    "accounts:signout": Route({}, post=True),
    "accounts:password": Route(everyone()),
    "accounts:profile": Route(everyone()),
    "accounts:appearance": Route({}, post=True, public=True),
    "audit:entry_list": Route(only("audit_admin")),
    "audit:verify": Route(only("audit_admin")),
    # people
    "cadres:cadre_list": Route(READERS),
    "cadres:search": Route(READERS, query="q=zs"),
    "cadres:cadre_columns": Route({}, post=True),
    "cadres:cadre_create": Route(STAFF),
    "cadres:cadre_detail": Route(OF_A, "cadre_a"),
    "cadres:cadre_change": Route(CHANGE_A, "cadre_a"),
    "cadres:cadre_decease": Route(CHANGE_A, "cadre_a"),
    "cadres:cadre_undo_death": Route(CHANGE_A, "cadre_dead"),
    "cadres:cadre_move_out": Route(CHANGE_A, "cadre_a"),
    "cadres:cadre_move_in": Route(CHANGE_A, "cadre_gone"),
    # GET asks for the reason, POST writes the entry and shows the number
    "cadres:cadre_reveal": Route(OF_A | {"leader": 403}, "cadre_a"),
    "cadres:cadre_photo": Route(dict.fromkeys(READERS, 404), "cadre_a"),
    "cadres:cadre_photo_change": Route(CHANGE_A, "cadre_a"),
    "cadres:cadre_form": Route(OF_A, "cadre_a"),
    "cadres:family_create": Route(CHANGE_A, "cadre_a"),
    "cadres:family_change": Route(CHANGE_A, "family"),
    "cadres:family_remove": Route(CHANGE_A, "family"),
    "cadres:event_list": Route(READERS),
    "cadres:value_list": Route(STAFF),
    "cadres:value_map": Route(STAFF, "alias"),
    "cadres:organization_list": Route(READERS | only("system_admin", "security_admin")),
    "cadres:organization_suggest": Route(READERS | only("system_admin", "security_admin"), query="q=水利"),
    "cadres:organization_create": Route(only("staff", "system_admin")),
    "cadres:organization_import": Route(only("staff", "system_admin")),
    "cadres:organization_detail": Route(
        only("staff", "liaison_a", "leader", "system_admin", "security_admin")
        | {"liaison_b": 404, "community_liaison": 404},
        "unit_a",
    ),
    "cadres:organization_change": Route(
        {"staff": 200, "system_admin": 200, "liaison_a": 403, "leader": 403, "security_admin": 403,
         "liaison_b": 404, "community_liaison": 404}, "unit_a",
    ),
    "cadres:organization_move": Route(
        {"staff": 200, "system_admin": 200, "liaison_a": 403, "leader": 403, "security_admin": 403,
         "liaison_b": 404, "community_liaison": 404}, "unit_a",
    ),
    # rosters
    "cadres:roster_list": Route(STAFF),
    "cadres:roster_upload": Route(STAFF),
    "cadres:roster_progress": Route(only("staff", status=302), "roster"),
    "cadres:roster_mapping": Route(STAFF, "roster"),
    "cadres:roster_preview": Route(STAFF, "roster"),
    "cadres:roster_commit": Route(only("staff", status=302), "roster"),
    "cadres:roster_discard": Route(STAFF, "roster"),
    "cadres:roster_report": Route(STAFF, "roster"),
    "cadres:roster_annotated": Route(STAFF, "roster", keys={"position": 0}),
    # statistics
    "reports:dashboard": Route(STATISTICS),
    "reports:table_list": Route(TABLES),
    "reports:table": Route(TABLES, keys={"pk": "N6"}),
    "reports:table_people": Route(TABLES, keys={"pk": "N6"}, query="row=total&column=total"),
    "reports:table_export": Route(TABLES, keys={"pk": "N6"}),
    # handing in, reviewing, sealing
    "reports:year_list": Route(TABLES),
    "reports:year_open": Route(CITY_STAFF),
    "reports:year": Route(TABLES, keys={"year": 2025}),
    "reports:year_change": Route(CITY_STAFF, keys={"year": 2025}),
    "reports:year_seal": Route(CITY_STAFF, keys={"year": 2025}),
    "reports:year_reopen": Route(CITY_STAFF, keys={"year": 2024}),
    "reports:year_remind": Route({}, post=True, keys={"year": 2025}),
    "reports:year_units": Route({}, post=True, keys={"year": 2025}),
    "reports:ranking": Route(TABLES, keys={"year": 2025}),
    "reports:later": Route(TABLES, keys={"year": 2024}),
    "reports:submission": Route(REPORT_A, "submission"),
    "reports:submission_explain": Route(REPORT_A | {"leader": 403}, "submission"),
    "reports:submission_submit": Route(REPORT_A | {"leader": 403}, "submission"),
    "reports:submission_withdraw": Route(REPORT_A | {"leader": 403}, "submission"),
    "reports:submission_return": Route(REPORT_A | {"leader": 403, "liaison_a": 403}, "submission"),
    "reports:submission_approve": Route(REPORT_A | {"leader": 403, "liaison_a": 403}, "submission"),
    "reports:rule_create": Route(CITY_STAFF),
    "reports:rule_change": Route(CITY_STAFF, "rule"),
    # visits
    "visits:visit_list": Route(READERS),
    "visits:visit_create": Route(only("staff", *LIAISONS)),
    "visits:visit_import": Route(only("staff", *LIAISONS)),
    "visits:visit_import_template": Route(only("staff", *LIAISONS)),
    "visits:visit_detail": Route(OF_A, "visit"),
    "visits:visit_change": Route({"staff": 200, "liaison_a": 200, "community_liaison": 403, "leader": 403, "liaison_b": 404}, "visit"),
    "visits:visit_remove": Route({"staff": 200, "liaison_a": 200, "community_liaison": 403, "leader": 403, "liaison_b": 404}, "visit"),
    "visits:visit_photo": Route(OF_A | dict.fromkeys(("system_admin", "security_admin", "audit_admin", "nobody"), 404), "visit_photo"),
    "visits:cadre_tab": Route(OF_A, "cadre_a"),
    "visits:contact_list": Route(READERS),
    "visits:birthday_list": Route(READERS),
    "visits:notice_list": Route(READERS),
    "visits:notice_read": Route({}, "notice", post=True),
    "visits:notice_read_all": Route({}, post=True),
}  # fmt: skip
