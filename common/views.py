"""Base views. A page declares its model, right, table or form; scope, export, audit and safe editing are done here.

Every queryset is narrowed by `visible_to` before a subclass sees it. Out of scope is 404; visible but without the
right to write is 403.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, TemplateView
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from common import audit, editing
from common.exports import FORMATS, export_response
from common.scope import require


class RightMixin:
    """The page needs a right (403 without it). ``right`` empty: the page decides for itself, object by object."""

    right: str = ""
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if self.right and not request.user.holds(self.right):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class Page(RightMixin, TemplateView):
    """A page that is neither a list nor one record."""


class ListPage(RightMixin, SingleTableMixin, FilterView):
    """A list with filters, chosen columns, sorting, paging and export: one filtered queryset for all of them.

    Subclasses set ``model``, ``right``, ``table_class``, ``filterset_class`` and may set ``export_resource`` (an
    import-export Resource) with ``export_right`` and ``export_action``.
    """

    per_page = 20
    page_sizes = (20, 50, 100)
    export_resource: type | None = None
    export_right: str = ""
    export_action: str = ""
    export_name: str = "名单"
    strict = False

    def get_queryset(self) -> models.QuerySet:
        return self.model._default_manager.visible_to(self.request.user)

    def get_table_pagination(self, table: Any) -> dict[str, int]:
        size = self.request.GET.get("per_page", "")
        return {"per_page": int(size) if size.isdigit() and int(size) in self.page_sizes else self.per_page}

    def get_template_names(self) -> list[str]:
        names = super().get_template_names()
        if getattr(self.request, "htmx", False) and not self.request.htmx.boosted:
            return [f"{name}#list" for name in names]
        return names

    @property
    def may_export(self) -> bool:
        return bool(self.export_resource) and self.request.user.holds(self.export_right)

    def render_to_response(self, context: dict[str, Any], **kwargs) -> HttpResponse:
        wanted = self.request.GET.get("export", "")
        if wanted not in FORMATS or self.export_resource is None:
            return super().render_to_response(context, **kwargs)
        if not self.may_export:
            raise PermissionDenied
        return export_response(
            user=self.request.user,
            resource=self.export_resource(),
            queryset=self.object_list.visible_to(self.request.user, self.export_right),
            fmt=wanted,
            name=self.export_name,
            action=self.export_action,
        )


class RecordPage(RightMixin, DetailView):
    """One record, found through the reader's scope. ``view_action``: the audit code of looking at it, if any."""

    view_action: str = ""

    def get_queryset(self) -> models.QuerySet:
        return self.model._default_manager.visible_to(self.request.user)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        if self.view_action:
            audit.record(actor=request.user, action=self.view_action, target=self.object)
        return self.render_to_response(self.get_context_data(object=self.object))


class FormPage(RightMixin, FormView):
    """A form that writes through an action.

    ``change_right``: the right needed on the record (404 if it is not visible, 403 if it may not be changed).
    Subclasses implement ``perform(form)`` -> the saved record, and `get_success_url`. A form that was sent before
    leads to where its first sending led. `editing.StaleEdit` from the action shows what others changed.
    """

    model: type[models.Model] | None = None
    change_right: str = ""
    success_message: str = ""

    @cached_property
    def instance(self) -> Any:
        """The record to change, or None on a page that creates one."""
        if self.model is None or "pk" not in self.kwargs:
            return None
        visible = self.model._default_manager.visible_to(self.request.user)  # type: ignore[attr-defined]
        record = get_object_or_404(visible, pk=self.kwargs["pk"])
        if self.change_right:
            require(self.request.user, self.change_right, record)
        return record

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if self.right and not request.user.holds(self.right):
            raise PermissionDenied
        _ = self.instance
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "instance": self.instance}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(instance=self.instance, **kwargs)

    def allow(self) -> None:
        """Raise PermissionDenied where ``change_right`` does not tell the whole story. A form that was sent before
        is not asked again: it leads to where its first sending led."""

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.allow()
        return super().get(request, *args, **kwargs)

    def perform(self, form: Any) -> Any:
        raise TypeError(f"{type(self).__name__} must say what it does")

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        opened = editing.read_form_key(request.POST.get("form_key", ""))
        if opened is not None:
            url = editing.result_of(request.user, opened)
            if url is not None:
                return HttpResponseRedirect(url)
        self.allow()
        form = self.get_form()
        if opened is None:
            form.data = form.data.copy()
            form.data["form_key"] = editing.new_form_key()
            form.add_error(None, "这张表打开太久或不完整，内容都还在，请核对后再交一次")
        if not form.is_valid():
            return self.form_invalid(form)
        try:
            with transaction.atomic():
                claimed = editing.claim(request.user, opened)
                if claimed is None:
                    return HttpResponseRedirect(editing.result_of(request.user, opened) or request.path)
                self.object = self.perform(form)
                url = str(self.get_success_url())
                claimed.result_url = url
                claimed.save(update_fields=["result_url"])
        except ValidationError as error:
            self.add_errors(form, error)
            return self.form_invalid(form)
        except editing.StaleEdit as stale:
            return self.form_stale(form, stale, opened)
        if self.success_message:
            messages.success(request, self.success_message.format(object=self.object))
        return HttpResponseRedirect(url)

    @staticmethod
    def add_errors(form: Any, error: ValidationError) -> None:
        """Put an action's errors beside their fields, or on top where the form has no such field."""
        if not hasattr(error, "error_dict"):
            form.add_error(None, error)
            return
        for name, problems in error.error_dict.items():
            form.add_error(name if name in form.fields else None, problems)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_stale(self, form: Any, stale: editing.StaleEdit, opened: editing.OpenedForm) -> HttpResponse:
        """Show what others changed, keep what was typed, and take over what the sender had not touched."""
        typed = self.typed_snapshot(form, stale.current)
        changes = editing.others_changes(current=stale.current, typed=typed, opened=opened)
        data = form.data.copy()
        fresh = self.get_form_class()(user=self.request.user, instance=stale.current)
        for change in changes:
            if not change.conflict and change.field in fresh.fields:
                value = fresh.get_initial_for_field(fresh.fields[change.field], change.field)
                prepared = fresh.fields[change.field].prepare_value(value)
                data[form.add_prefix(change.field)] = "" if prepared is None else str(prepared)
        data["version"] = str(getattr(stale.current, "version", ""))
        data["form_key"] = editing.new_form_key()
        again = self.get_form_class()(data, user=self.request.user, instance=stale.current)
        return self.render_to_response(
            self.get_context_data(form=again, others_changes=changes, stale=True), status=409
        )

    def typed_snapshot(self, form: Any, current: models.Model) -> dict[str, Any]:
        """The sender's values in the words of the audit trail, without saving anything."""
        names = {field.name for field in current._meta.concrete_fields}
        probe = type(current)(**{n: v for n, v in form.values().items() if n in names})
        return audit.snapshot(probe, [n for n in form.values() if n in names])
