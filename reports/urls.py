"""Routes of the yearly tables and the leader's dashboard."""

from django.urls import path

from reports.views import changes, home, later, narrative, submissions, tables, trends, years

app_name = "reports"
urlpatterns = [
    path("dashboard/", home.dashboard, name="dashboard"),
    path("changes/", changes.ChangePage.as_view(), name="change"),
    path("years/", years.YearListPage.as_view(), name="year_list"),
    path("years/new/", years.YearOpenPage.as_view(), name="year_open"),
    path("years/<int:year>/", years.YearPage.as_view(), name="year"),
    path("years/<int:year>/change/", years.YearChangePage.as_view(), name="year_change"),
    path("years/<int:year>/seal/", years.SealPage.as_view(), name="year_seal"),
    path("years/<int:year>/reopen/", years.ReopenPage.as_view(), name="year_reopen"),
    path("years/<int:year>/remind/", years.remind, name="year_remind"),
    path("years/<int:year>/units/", years.add_units, name="year_units"),
    path("years/<int:year>/ranking/", years.RankingPage.as_view(), name="ranking"),
    path("years/<int:year>/later/", later.LaterPage.as_view(), name="later"),
    path("submissions/<int:pk>/", submissions.SubmissionPage.as_view(), name="submission"),
    path("submissions/<int:pk>/explain/", submissions.ExplainPage.as_view(), name="submission_explain"),
    path("submissions/<int:pk>/submit/", submissions.SubmitPage.as_view(), name="submission_submit"),
    path("submissions/<int:pk>/withdraw/", submissions.WithdrawPage.as_view(), name="submission_withdraw"),
    path("submissions/<int:pk>/return/", submissions.ReturnPage.as_view(), name="submission_return"),
    path("submissions/<int:pk>/approve/", submissions.ApprovePage.as_view(), name="submission_approve"),
    path("rules/new/", years.RulePage.as_view(), name="rule_create"),
    path("rules/<int:pk>/", years.RulePage.as_view(), name="rule_change"),
    path("tables/", tables.TableListPage.as_view(), name="table_list"),
    path("tables/<str:pk>/", tables.TablePage.as_view(), name="table"),
    path("tables/<str:pk>/people/", tables.TablePeoplePage.as_view(), name="table_people"),
    path("tables/<str:pk>/export/", tables.TableExportPage.as_view(), name="table_export"),
    path("narrative/", narrative.NarrativePage.as_view(), name="narrative"),
    path("narrative/export/", narrative.NarrativeExportPage.as_view(), name="narrative_export"),
    path("narrative/wordings/", narrative.WordingListPage.as_view(), name="wording_list"),
    path("narrative/wordings/new/", narrative.WordingPage.as_view(), name="wording_create"),
    path("narrative/wordings/<slug:key>/", narrative.WordingPage.as_view(), name="wording_change"),
    path("trends/", trends.TrendPage.as_view(), name="trend"),
]
