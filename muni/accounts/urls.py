from django.contrib.auth.views import LogoutView
from django.urls import path

from muni.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("login/code/", views.code, name="code"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChange.as_view(), name="password"),
    path("reset/", views.PasswordReset.as_view(), name="reset"),
    path("reset/sent/", views.PasswordResetSent.as_view(), name="reset-sent"),
    path("reset/<uidb64>/<token>/", views.PasswordResetConfirm.as_view(), name="reset-confirm"),
    path("keys/new/", views.new_key, name="key-new"),
    path("keys/<int:pk>/revoke/", views.revoke_key, name="key-revoke"),
    path("second-factor/", views.set_up_second_factor, name="second-factor"),
    path("second-factor/recovery-codes/", views.renew_recovery_codes, name="recovery-codes"),
    path("second-factor/remove/", views.remove_second_factor, name="second-factor-remove"),
]
