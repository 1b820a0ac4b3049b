"""File fields for several photos and for attachments; what comes out is checked already."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.file import attachments, photos
from grids.refusal import Refused

AT_MOST = 6


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Several uploads, each through `take`; cleans to a list, empty when there are none."""

    take = staticmethod(photos.reencode)
    attrs = {"accept": "image/*", "data-shrink": ""}
    usual_label = _("Photos")

    def __init__(self, **kwargs):
        kwargs = {
            "label": self.usual_label,
            "required": False,
            "widget": PhotosInput(attrs=self.attrs),
        } | kwargs
        super().__init__(**kwargs)

    def clean(self, data, initial=None):
        uploads = [upload for upload in data or [] if upload]
        if self.required and not uploads:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(uploads) > AT_MOST:
            raise forms.ValidationError(self.too_many() % {"most": AT_MOST})
        try:
            return [self.take(super(UploadsField, self).clean(upload)) for upload in uploads]
        except Refused as error:
            raise forms.ValidationError(str(error), code="upload") from error

    def too_many(self):
        return ngettext(
            "At most %(most)d photo at once.",
            "At most %(most)d photos at once.",
            AT_MOST,
        )


class PhotosField(UploadsField):
    """Cleans to a list of JPEG pictures."""


class FilesField(UploadsField):
    """Cleans to a list of `files.Accepted`."""

    take = staticmethod(attachments.accept)
    attrs = {"accept": ".pdf,.docx,.xlsx,image/*"}
    usual_label = _("Attachments")

    def __init__(self, **kwargs):
        super().__init__(
            **{"help_text": _("PDF, Word, Excel or pictures, up to 10 MB each.")} | kwargs
        )

    def too_many(self):
        return ngettext(
            "At most %(most)d file at once.", "At most %(most)d files at once.", AT_MOST
        )
