"""Sign-in and password forms."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password


class SignInForm(AuthenticationForm):
    use_required_attribute = False
    username = forms.CharField(
        label="账号",
        max_length=150,
        help_text="一般是工号；联络员用登记的手机号",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": "账号或密码不对，或者账号已停用；请核对后再试，连错 5 次要等 15 分钟",
        "inactive": "这个账号已停用，请找安全管理员",
    }


class PasswordForm(forms.Form):
    use_required_attribute = False
    old_password = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="新密码",
        strip=False,
        help_text="至少 12 位，含大写字母、小写字母、数字、符号中的三类，不含账号和姓名",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old_password(self) -> str:
        password = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("现在的密码不对，请核对后再输")
        return password

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password == self.data.get("old_password"):
            raise forms.ValidationError("新密码和现在的一样，请换一个")
        validate_password(password, self.user)
        return password

    def clean(self) -> dict:
        cleaned = super().clean()
        new, again = cleaned.get("new_password"), cleaned.get("again")
        if new and again and new != again:
            self.add_error("again", "两遍输的不一样，请重输")
        return cleaned
