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
#: What liaisons propose of somebody of unit A; staff edit directly.
PROPOSE_A = {"liaison_a": 200, "community_liaison": 200, "staff": 403, "leader": 403, "liaison_b": 404}
#: What unit A owes and hands in: its community sees its people, not its roster.
OF_UNIT_A = only("staff", "liaison_a", "leader") | {"liaison_b": 404, "community_liaison": 404}
CHANGE_UNIT_A = {"staff": 200, "liaison_a": 403, "leader": 403, "liaison_b": 404, "community_liaison": 404}
STAFF = only("staff")
#: What unit A's liaison and staff do about its roster.
HAND_IN_A = {"staff": 200, "liaison_a": 200, "leader": 403, "community_liaison": 404, "liaison_b": 404}
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
    # proposals, confirmation, verification
    "cadres:proposal_change": Route(PROPOSE_A, "cadre_a"),
    "cadres:proposal_death": Route(PROPOSE_A, "cadre_a"),
    "cadres:proposal_move_out": Route(PROPOSE_A, "cadre_a"),
    "cadres:proposal_new": Route(only(*LIAISONS)),
    "cadres:proposal_list": Route(STAFF),
    "cadres:proposal_bulk": Route({}, post=True),
    "cadres:proposal_mine": Route(only(*LIAISONS)),
    "cadres:proposal_detail": Route(OF_A | {"leader": 403}, "proposal"),
    "cadres:proposal_again": Route(
        {"liaison_a": 200, "community_liaison": 403, "liaison_b": 404}, "proposal_returned",
    ),
    "cadres:proposal_accept": Route(STAFF, "proposal"),
    "cadres:proposal_return": Route(STAFF, "proposal"),
    "cadres:proposal_withdraw": Route(
        {"liaison_a": 200, "community_liaison": 403, "liaison_b": 404}, "proposal",
    ),
    "cadres:proposal_reveal": Route(OF_A | {"leader": 403}, "proposal", query="field=phone"),
    "cadres:evidence": Route(dict.fromkeys(SIGNED_IN, 404) | only("staff", "liaison_a", "community_liaison"), "evidence"),
    "cadres:roster_confirm": Route(only("liaison_a", "liaison_b")),
    "cadres:confirmation_list": Route(STATISTICS),
    "cadres:stale_list": Route(READERS),
    "cadres:verification_list": Route(READERS),
    "cadres:verification_coverage": Route(READERS),
    "cadres:verification_bulk": Route({}, post=True),
    "cadres:verification_record": Route(OF_A | {"leader": 403}, "cadre_a"),
    "cadres:verification_change": Route(OF_A | {"leader": 403}, "verification"),
    "cadres:value_list": Route(STAFF),
    "cadres:value_map": Route(STAFF, "alias"),
    "cadres:quality_list": Route(READERS),
    "cadres:quality_rules": Route(STAFF),
    "cadres:quality_rule": Route(STAFF, keys={"code": "no_id"}),
    "cadres:quality_detail": Route(OF_A | {"community_liaison": 404}, "unit_a"),
    "cadres:quality_compute": Route({}, "unit_a", post=True),
    "cadres:quality_people": Route(OF_A | {"community_liaison": 404}, "unit_a", query="rule=no_id"),
    "cadres:duplicate_list": Route(STAFF),
    "cadres:duplicate": Route(STAFF, "pair"),
    "cadres:duplicate_different": Route(STAFF, "pair"),
    "cadres:merge_list": Route(STAFF),
    "cadres:merge_undo": Route(STAFF, "merge"),
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
    "cadres:roster_history": Route(STAFF, "roster"),
    "cadres:roster_cancel": Route(only("staff", status=302), "roster"),
    "cadres:roster_undo": Route(only("staff", status=302), "roster"),
    "cadres:roster_again": Route(only("staff", status=302), "roster"),
    "cadres:roster_original": Route(STAFF, "roster", keys={"position": 0}),
    "cadres:roster_annotated": Route(STAFF, "roster", keys={"position": 0}),
    # yearly collection: the board for staff and leaders, the roster of unit A for its liaison too
    "cadres:collection_list": Route(STATISTICS),
    "cadres:collection_open": Route(STAFF),
    "cadres:collection_board": Route(STATISTICS, "collection"),
    "cadres:collection_change": Route(STAFF, "collection"),
    "cadres:collection_close": Route(STAFF, "collection"),
    "cadres:collection_unit": Route(STAFF, "collection"),
    "cadres:collection_remind": Route(STAFF, "collection"),
    "cadres:collection_upload": Route(STAFF, "collection"),
    "cadres:collection_batch": Route(STAFF, "batch"),
    "cadres:duty_list": Route(only("liaison_a", "liaison_b")),
    "cadres:unit_roster_detail": Route(OF_A | {"community_liaison": 404}, "unit_roster"),
    "cadres:unit_roster_template": Route(HAND_IN_A | {"leader": 403}, "unit_roster"),
    "cadres:hand_in": Route(HAND_IN_A, "unit_roster"),
    "cadres:unit_roster_differences": Route(HAND_IN_A, "unit_roster"),
    "cadres:unit_roster_marked": Route(HAND_IN_A, "unit_roster", keys={"position": 0}),
    "cadres:hand_in_withdraw": Route(HAND_IN_A, "unit_roster"),
    "cadres:unit_roster_return": Route(STAFF, "unit_roster"),
    "cadres:unit_roster_remove": Route(STAFF, "unit_roster"),
    # reconciliation of a unit's roster
    "cadres:reconciliation": Route(OF_UNIT_A, "unit_roster"),
    "cadres:unit_roster_approve": Route(CHANGE_UNIT_A, "unit_roster"),
    "cadres:difference_settle": Route(CHANGE_UNIT_A, "difference"),
    "cadres:difference_take_back": Route(CHANGE_UNIT_A, "difference"),
    # statistics
    "reports:dashboard": Route(STATISTICS),
    "reports:change": Route(TABLES),
    "reports:trend": Route(TABLES),
    "reports:narrative": Route(TABLES),
    "reports:narrative_export": Route(TABLES),
    "reports:wording_list": Route(STAFF),
    "reports:wording_create": Route(STAFF),
    "reports:wording_change": Route(STAFF, keys={"key": "leave_total"}),
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
