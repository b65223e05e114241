from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("signin/", views.signin, name="signin"),
    path("welcome/", views.welcome, name="welcome"),
    path("signout/", views.signout, name="signout"),
    path("password/", views.password, name="password"),
    path("profile/", views.profile, name="profile"),
    path("appearance/", views.appearance, name="appearance"),
]
