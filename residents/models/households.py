"""Dwelling > Household > Resident. Rows end; nothing is deleted."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Right, Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.fields import EncryptedTextField
from grids.history import track
from grids.models import Building, Grid
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.lasting import Lasting, LiveQuerySet, OnTheGround, facts_of

# Doors that may be written otherwise than we write them; few, where a workbook brought them.
PLAIN_ENTRANCE, PLAIN_ROOM = "^([1-9][0-9]*单元)?$", "^[1-9][0-9]*$"
SPELLED_OTHERWISE = Q(building__isnull=False) & (
    ~Q(entrance__regex=PLAIN_ENTRANCE) | ~Q(room__regex=PLAIN_ROOM)
)


@track()
class Dwelling(OnTheGround):
    scope = ScopeRule(area="register", building="building")

    class Use(models.TextChoices):
        OWN = "own", _("Owner-occupied")
        RENTED = "rented", _("Rented out")
        EMPTY = "empty", _("Empty")
        LAPSED = "lapsed", _("Lease ran out, to be checked")
        OTHER = "other", _("Other")

    class Tenure(models.TextChoices):
        PRIVATE = "private", _("Privately owned")
        PUBLIC = "public", _("Public rental housing")
        UNIT = "unit", _("Housing of an employer")
        COLLECTIVE = "collective", _("On collective land")
        OTHER = "other", pgettext_lazy("tenure", "Other")

    building = models.ForeignKey(
        Building,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dwellings",
        db_index=False,
    )
    entrance = models.CharField(_("entrance"), max_length=20, blank=True)
    room = models.CharField(_("room"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=200)
    house_code = models.CharField(_("house code"), max_length=30, blank=True)
    use = models.CharField(_("use"), max_length=10, choices=Use, default=Use.OWN)
    tenure = models.CharField(
        _("tenure"),
        max_length=10,
        choices=Tenure,
        blank=True,
        default="",
        db_default="",
    )
    owner_name = models.CharField(_("owner"), max_length=60, blank=True, default="", db_default="")
    owner_phone = models.CharField(
        _("phone of the owner"), max_length=30, blank=True, default="", db_default=""
    )
    area = models.DecimalField(
        _("area in m²"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)
    facts = facts_of("dwelling")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("dwelling")
        verbose_name_plural = _("dwellings")
        constraints = [
            models.UniqueConstraint(
                fields=["building", "entrance", "room"],
                condition=Q(building__isnull=False),
                name="dwelling_once_in_building",
            ),
            models.UniqueConstraint(
                fields=["grid", "address"],
                condition=Q(building=None),
                name="dwelling_once_at_address",
            ),
        ]
        indexes = [
            models.Index(fields=["grid"], name="dwelling_grid"),
            models.Index(
                fields=["district", "house_code"],
                condition=~Q(house_code=""),
                name="dwelling_house_code",
            ),
            models.Index(
                fields=["district", "address", "id"],
                condition=Q(building=None),
                name="dwelling_free_address",
            ),
            # As `residents.places.doors_in_sql.SPELLED_OTHERWISE`.
            models.Index(
                fields=["building"],
                condition=SPELLED_OTHERWISE,
                name="dwelling_spelled_otherwise",
            ),
        ]

    def __str__(self):
        return self.address


@track()
class Household(OnTheGround, Lasting):
    """户. Known by its number in the grid together with a person, its head or its door."""

    scope = ScopeRule(area="register", building="dwelling__building")

    dwelling = models.ForeignKey(
        Dwelling, models.PROTECT, related_name="households", db_index=False
    )
    community = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.CharField(_("household number"), max_length=30, blank=True)
    head_name = models.CharField(_("head of household"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    arrived_on = models.DateField(_("arrived on"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    facts = facts_of("household")

    objects = LiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints = [
            models.UniqueConstraint(
                # The community comes first: the number is looked for in all of it.
                fields=["community", "number", "grid"],
                condition=Q(ended_on=None) & ~Q(number=""),
                name="household_number_once_in_grid",
            ),
            models.UniqueConstraint(
                fields=["dwelling", "head_name"],
                condition=Q(ended_on=None, number=""),
                name="household_once_in_dwelling",
            ),
        ]
        indexes = [
            models.Index(
                fields=["grid", "id"],
                condition=Q(ended_on=None),
                name="household_live_in_grid",
            ),
            models.Index(
                fields=["district", "id"],
                condition=Q(ended_on=None),
                name="household_live_newest",
            ),
            models.Index(
                fields=["district", "number"],
                condition=Q(ended_on=None) & ~Q(number=""),
                name="household_live_number",
            ),
            models.Index(fields=["dwelling"], name="household_dwelling"),
        ]

    def __str__(self):
        return f"{self.head_name} · {self.dwelling}"


# Four characters and more: what two indexes on the first and the second character do not reach.
# A pattern, because the planner counts patterns on its samples and guesses a third for a length.
HAS_LONG_NAME = Q(name__regex="^.{4}")


@track(secrets=["id_sealed"])
class Resident(OnTheGround, Lasting):
    scope = ScopeRule(area="register", building="household__dwelling__building")

    class Document(models.TextChoices):
        ID_CARD = "id_card", _("ID card")
        HMT_PERMIT = "hmt_permit", _("Residence permit of Hong Kong, Macao, Taiwan")
        HM_PASS = "hm_pass", _("Mainland travel permit of Hong Kong, Macao")
        TW_PASS = "tw_pass", _("Mainland travel permit of Taiwan")
        PERMANENT = "permanent", _("Permanent residence card of foreigners")
        PASSPORT = "passport", _("Passport")
        MILITARY = "military", _("Military document")
        BIRTH = "birth_cert", _("Medical certificate of birth")
        OTHER = "other", _("Another document")
        NONE = "none", _("None yet")

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Registered here")
        FLOATING = "floating", _("Floating population")
        LEFT_BEHIND = "left_behind", _("Left behind")
        HMT = "hmt", _("From Hong Kong, Macao or Taiwan")
        FOREIGN = "foreign", _("From abroad")

    class Separation(models.TextChoices):
        """人户一致标识 of GB/T 31000."""

        TOGETHER = "together", _("Lives where registered")
        ELSEWHERE = "elsewhere", _("Registered elsewhere, lives here")
        AWAY = "away", _("Registered here, lives elsewhere")

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="residents", verbose_name=_("household")
    )
    relation = models.CharField(_("relation to head"), max_length=2, help_text="GB/T 4761")
    name = models.CharField(_("name"), max_length=60)
    pinyin = models.CharField(max_length=120, blank=True, editable=False)
    initials = models.CharField(max_length=30, blank=True, editable=False)
    document = models.CharField(
        _("document"), max_length=12, choices=Document, default=Document.ID_CARD
    )
    id_sealed = EncryptedTextField(null=True)
    id_index = models.BinaryField(null=True, editable=False)
    id_mask = models.CharField(_("ID number"), max_length=20, blank=True, editable=False)
    sex = models.CharField(_("sex"), max_length=1, help_text="GB/T 2261.1")
    birth_on = models.DateField(_("birth date"), null=True)
    ethnicity = models.CharField(_("ethnic group"), max_length=2, blank=True)
    education = models.CharField(_("education"), max_length=2, blank=True)
    marital = models.CharField(_("marital status"), max_length=2, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.REGISTERED)
    registered_address = models.CharField(_("registered address"), max_length=200, blank=True)
    employer = models.CharField(_("employer"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    former_name = models.CharField(
        _("former name"), max_length=60, blank=True, default="", db_default=""
    )
    native_place = models.CharField(
        _("native place"), max_length=60, blank=True, default="", db_default=""
    )
    political = models.CharField(
        _("political status"), max_length=2, blank=True, default="", db_default=""
    )
    occupation = models.CharField(
        _("occupation"), max_length=60, blank=True, default="", db_default=""
    )
    lives_where_registered = models.CharField(
        _("lives where registered"),
        max_length=10,
        choices=Separation,
        blank=True,
        default="",
        db_default="",
    )
    went_to = models.CharField(_("went to"), max_length=200, blank=True, default="", db_default="")
    facts = facts_of("resident")

    objects = LiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        constraints = [
            models.UniqueConstraint(
                # What differs comes first: one look decides where a number stands.
                fields=["id_index", "district", "document"],
                condition=Q(ended_on=None, id_index__isnull=False),
                name="resident_lives_once_in_district",
            ),
            models.UniqueConstraint(
                fields=["household", "name", "birth_on"],
                condition=Q(ended_on=None, id_index=None),
                name="resident_without_document_once",
            ),
            models.CheckConstraint(
                condition=Q(id_index=None, id_sealed=None)
                | Q(id_index__isnull=False, id_sealed__isnull=False),
                name="resident_id_sealed_and_indexed",
            ),
        ]
        indexes = [
            models.Index(  # who died or left comes back only through a question
                fields=["id_index", "district", "document"],
                condition=Q(ended_on__isnull=False, id_index__isnull=False),
                name="resident_ended_number",
            ),
            # How each kind of search uses these: docs/decisions/0013-finding-names.md
            models.Index(
                fields=["grid", "pinyin", "id"],
                include=["name", "initials", "district"],  # asked of every row: the second lock
                condition=Q(ended_on=None),
                name="resident_live_in_grid",
            ),
            models.Index(
                fields=["district", "name", "birth_on", "id"],
                condition=Q(ended_on=None),
                name="resident_live_name",
            ),
            models.Index(
                "district",
                Substr("name", 2),
                "id",
                condition=Q(ended_on=None),
                name="resident_live_given_name",
            ),
            models.Index(
                fields=["district", "initials", "pinyin", "id"],
                condition=Q(ended_on=None),
                name="resident_live_initials",
            ),
            models.Index(
                fields=["district", "pinyin", "id"],
                include=["name", "initials"],
                condition=Q(ended_on=None) & HAS_LONG_NAME,
                name="resident_live_long_name",
            ),
            models.Index(
                fields=["district", "id"],
                condition=Q(ended_on=None),
                name="resident_live_newest",
            ),
            models.Index(
                fields=["district", "name", "birth_on", "id"],
                condition=Q(ended_on=None, id_index=None),
                name="resident_live_without_number",
            ),
            models.Index(  # who may be registered once more with an ID card
                fields=["district", "initials", "pinyin", "birth_on"],
                condition=Q(ended_on=None, id_index__isnull=False) & ~Q(document="id_card"),
                name="resident_live_other_document",
            ),
            models.Index("district", Right("phone", 4), name="resident_phone_end"),
            # The tables of who came from elsewhere read this index alone, never the register.
            models.Index(
                fields=["grid"],
                include=["district", "kind", "sex", "birth_on", "household"],
                # Not kind__in: PostgreSQL says such a condition differently after a rebuild.
                condition=Q(ended_on=None)
                & (Q(kind="floating") | Q(kind="hmt") | Q(kind="foreign")),
                name="resident_live_from_elsewhere",
            ),
        ]

    def __str__(self):
        return self.name
