"""Importing visit records: choose a file, read what would happen, confirm."""

from __future__ import annotations

import datetime
import io
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cadres.roster.guards import UploadRefused
from common.excel import write_sheet
from common.exports import file_response
from common.views import FormPage
from visits import imports, staging
from visits.forms import ConfirmImportForm, ImportForm

MAX_BYTES = 10 * 1024 * 1024
COLUMNS = ("日期", "姓名", "单位", "身份证号", "缘由", "方式", "谁去的", "慰问金", "超标准原因", "慰问品", "情况")


class VisitImportPage(FormPage):
    """Both steps live at one address: a file leads to the preview, the preview's token to the recording."""

    right = "visit.log"
    form_class = ConfirmImportForm
    template_name = "visits/visit_import.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return self.choose(ImportForm(user=request.user))

    def choose(self, form: ImportForm, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form, step=1, steps=("选文件", "核对", "记入"))
        return self.render_to_response(context, status=status)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if "token" in request.POST:
            return super().post(request, *args, **kwargs)
        form = ImportForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.choose(form, 422)
        upload = form.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            form.add_error("file", "文件超过 10 MB，请分成几个文件上传")
            return self.choose(form, 422)
        data = upload.read()
        try:
            dataset = imports.read_dataset(data, upload.name)
        except UploadRefused as refused:
            form.add_error("file", f"{refused.message}。{refused.hint}")
            return self.choose(form, 422)
        return self.preview(upload.name, imports.check(request.user, dataset), data)

    def preview(self, name: str, found: dict[str, Any], data: bytes) -> HttpResponse:
        token = staging.keep(self.request.user, data, name) if found["fresh"] else ""
        form = ConfirmImportForm(user=self.request.user, initial={"token": token})
        context = self.get_context_data(form=form, found=found, name=name, step=2, steps=("选文件", "核对", "记入"))
        return self.render_to_response(context)

    def form_invalid(self, form: Any) -> HttpResponse:
        again = ImportForm(user=self.request.user, data={}, files={})
        again.add_error("file", "这次预览已经过期，请重新选文件")
        return self.choose(again, 422)

    def perform(self, form: ConfirmImportForm) -> dict[str, int]:
        user, token = self.request.user, form.cleaned_data["token"]
        kept = staging.fetch(user, token)
        if kept is None:
            messages.error(self.request, "上传的文件已过期，没有记入任何走访，请重新选文件")
            self.target = reverse("visits:visit_import")
            return {}
        counts = imports.record(user, imports.read_dataset(*kept))
        staging.drop(token)
        skipped = f"，{counts['skipped']} 次早已登记、没有重复记" if counts["skipped"] else ""
        refused = f"，{counts['refused']} 行有问题没有记" if counts["refused"] else ""
        messages.success(self.request, f"记入走访 {counts['fresh']} 次{skipped}{refused}")
        self.target = reverse("visits:visit_list")
        return counts

    def get_success_url(self) -> str:
        return self.target


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the columns and one line of example, which belongs to nobody."""
    if not request.user.holds("visit.log"):
        raise PermissionDenied
    today = timezone.localdate()
    example = [
        today,
        "（示例，填写时删去这一行）",
        "市水利局",
        "",
        "日常",
        "登门",
        "王海燕",
        500,
        "",
        "米面油",
        "一切都好",
    ]
    target = io.BytesIO()
    write_sheet(target, title="走访记录", rows=[list(COLUMNS), example], made_at=datetime.datetime.now(tz=datetime.UTC))
    return file_response(target.getvalue(), name="走访记录模板", fmt="xlsx")
