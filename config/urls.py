"""Routes. Each app owns its prefix; `home` shows each role what to do today."""

from django.contrib import admin
from django.urls import include, path

from common.pages import HelpPage
from reports.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("help/", HelpPage.as_view(), name="help"),
    path("accounts/", include("accounts.urls")),
    path("cadres/", include("cadres.urls")),
    path("visits/", include("visits.urls")),
    path("reports/", include("reports.urls")),
    path("audit/", include("common.urls")),
    path("admin/", admin.site.urls),
]
