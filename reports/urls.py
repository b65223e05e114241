"""Routes of the yearly tables and the leader's dashboard."""

from django.urls import path

from reports.views import changes, home, narrative, tables, trends

app_name = "reports"
urlpatterns = [
    path("dashboard/", home.dashboard, name="dashboard"),
    path("changes/", changes.ChangePage.as_view(), name="change"),
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
