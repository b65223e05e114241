"""Routes of the yearly tables and the leader's dashboard."""

from django.urls import path

from reports.views import changes, home, tables, trends

app_name = "reports"
urlpatterns = [
    path("dashboard/", home.dashboard, name="dashboard"),
    path("changes/", changes.ChangePage.as_view(), name="change"),
    path("tables/", tables.TableListPage.as_view(), name="table_list"),
    path("tables/<str:pk>/", tables.TablePage.as_view(), name="table"),
    path("tables/<str:pk>/people/", tables.TablePeoplePage.as_view(), name="table_people"),
    path("tables/<str:pk>/export/", tables.TableExportPage.as_view(), name="table_export"),
    path("trends/", trends.TrendPage.as_view(), name="trend"),
]
