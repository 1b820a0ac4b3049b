"""What a user would write with django-import-export: one model, one Resource, its admin's steps.

The register flattened into a single table, without encryption and without history.
"""

from datetime import date
from io import BytesIO

from django.core.exceptions import ValidationError
from django.db import models
from import_export import fields, resources, widgets
from import_export.formats.base_formats import XLSX

from bench.workbook import HEADS
from grids.models import Grid
from residents.people.idnumber import NotAnIdNumber, parse

NAMES = [
    "grid",
    "building",
    "entrance",
    "room",
    "number",
    "head_name",
    "relation",
    "name",
    "id_number",
    "sex",
    "birth_on",
    "ethnicity",
    "education",
    "marital",
    "phone",
    "kind",
    "registered_address",
    "employer",
    "care",
    "note",
]


class FlatPerson(models.Model):
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    building = models.CharField(max_length=60, blank=True)
    entrance = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=30)
    head_name = models.CharField(max_length=60)
    relation = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    id_number = models.CharField(max_length=18, unique=True)
    sex = models.CharField(max_length=1)
    birth_on = models.DateField()
    ethnicity = models.CharField(max_length=20, blank=True)
    education = models.CharField(max_length=20, blank=True)
    marital = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    registered_address = models.CharField(max_length=200, blank=True)
    employer = models.CharField(max_length=120, blank=True)
    care = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "bench"

    def __str__(self):
        return self.name

    def clean(self):
        try:
            number = parse(self.id_number, date.max)
        except NotAnIdNumber as error:
            raise ValidationError({"id_number": error.reason}) from error
        if number.birth_on != self.birth_on:
            raise ValidationError({"birth_on": "birth_contradicts_id"})


def _column(name, head):
    widget = {
        "grid": widgets.ForeignKeyWidget(Grid, "code"),
        "birth_on": widgets.DateWidget("%Y-%m-%d"),
    }.get(name, widgets.CharWidget())
    return fields.Field(attribute=name, column_name=head, widget=widget)


class FlatPersonResource(resources.ModelResource):
    """As the documentation shows it: rows are validated, unchanged ones are skipped, no bulk."""

    locals().update({name: _column(name, head) for name, head in zip(NAMES, HEADS, strict=True)})

    class Meta:
        model = FlatPerson
        fields = NAMES
        import_id_fields = ["id_number"]
        clean_model_instances = True
        skip_unchanged = True
        use_bulk = False
        use_transactions = True


def import_with_resource(path, *, dry_run=False):
    """Read and import the workbook; the library's result."""
    dataset = XLSX().create_dataset(BytesIO(path.read_bytes()).getvalue())
    return FlatPersonResource().import_data(dataset, dry_run=dry_run)
