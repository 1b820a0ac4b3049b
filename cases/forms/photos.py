"""A file field for several photos; what comes out is re-encoded already."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases import photos

AT_MOST = 6


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Cleans to a list of JPEG pictures, empty when there are none."""

    def __init__(self, **kwargs):
        attrs = {"accept": "image/*", "data-shrink": ""}
        kwargs = {
            "label": _("Photos"),
            "required": False,
            "widget": PhotosInput(attrs=attrs),
        } | kwargs
        super().__init__(**kwargs)

    def clean(self, data, initial=None):
        uploads = [upload for upload in data or [] if upload]
        if self.required and not uploads:
            raise forms.ValidationError(
                self.error_messages["required"], code="required"
            )
        if len(uploads) > AT_MOST:
            text = ngettext(
                "At most %(most)d photo at once.",
                "At most %(most)d photos at once.",
                AT_MOST,
            )
            raise forms.ValidationError(text % {"most": AT_MOST})
        try:
            return [
                photos.reencode(super(PhotosField, self).clean(upload))
                for upload in uploads
            ]
        except photos.PhotoError as error:
            raise forms.ValidationError(str(error), code="photo") from error
