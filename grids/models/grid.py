"""One tree from the city down to the unit grid."""

from functools import reduce
from operator import or_

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from grids.scope import ScopedQuerySet, ScopeRule


class Tier(models.TextChoices):
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    STREET = "street", _("Street")
    COMMUNITY = "community", _("Community")
    BASE = "base", _("Base grid")
    UNIT = "unit", _("Unit grid")


PARENT_TIER = dict(zip(Tier.values[1:], Tier.values[:-1], strict=True))


class Kind(models.TextChoices):
    RESIDENTIAL = "residential", _("Residential")
    COMMERCIAL = "commercial", _("Commercial")
    INSTITUTIONS = "institutions", _("Institutions")
    CROWDED = "crowded", _("Crowded places")
    VILLAGE = "village", _("Village")
    FARMLAND = "farmland", _("Farmland")
    WOODS = "woods", _("Woods")
    WATER = "water", _("Water")
    SCENIC = "scenic", _("Scenic area")
    INDUSTRIAL = "industrial", _("Industrial")


class GridQuerySet(ScopedQuerySet):
    def on(self, day):
        """Grids in force on a day."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gte=day))

    def below(self, grid):
        """The grid itself and everything under it."""
        return self.filter(path__startswith=grid.path)

    def above(self, grid):
        """The grid itself and everything over it, from the top."""
        return self.filter(code__in=grid.path.rstrip("/").split("/")).order_by("path")

    def units(self):
        return self.filter(tier=Tier.UNIT)

    def history_of(self, *grids):
        """Keys of the grids, all below them, and the grids that these took over from."""
        found = {grid.pk for grid in grids}
        wide = [Q(path__startswith=grid.path) for grid in grids if grid.tier != Tier.UNIT]
        if wide:
            found |= set(self.filter(reduce(or_, wide)).values_list("pk", flat=True))
        fresh = found
        while fresh:
            before = GridSuccession.objects.filter(successor__in=fresh)
            fresh = set(before.values_list("predecessor", flat=True)) - found
            found |= fresh
        return found


class Grid(models.Model):
    """An area of a tier. Never deleted or moved: it gets a successor from a date."""

    scope = ScopeRule(area="grid", grid="pk")

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    parent_tier = models.GeneratedField(
        expression=Case(
            *(When(tier=tier, then=Value(parent)) for tier, parent in PARENT_TIER.items())
        ),
        output_field=models.CharField(max_length=10),
        db_persist=True,
    )
    district = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("district"),
    )
    code = models.CharField(_("code"), max_length=20, help_text=_("Issued once, never reused."))
    name = models.CharField(_("name"), max_length=60)
    path = models.CharField(max_length=120, db_collation="C", editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.RESIDENTIAL)
    is_passthrough = models.BooleanField(
        _("hidden level"),
        default=False,
        help_text=_("Stands in for a level that is not used."),
    )
    boundary = models.JSONField(
        _("boundary"),
        null=True,
        blank=True,
        help_text=_("GeoJSON polygon, WGS-84, [longitude, latitude]."),
    )
    boundary_changed_at = models.DateTimeField(auto_now=True)
    band_min = models.PositiveIntegerField(_("fewest households"), null=True, blank=True)
    band_max = models.PositiveIntegerField(_("most households"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    predecessors = models.ManyToManyField(
        "self",
        through="GridSuccession",
        through_fields=("successor", "predecessor"),
        symmetrical=False,
        related_name="successors",
    )

    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="grid_code_is_issued_once"),
            models.UniqueConstraint(fields=["path"], name="grid_path_is_unique"),
            models.UniqueConstraint(fields=["id", "tier"], name="grid_id_tier"),
            models.UniqueConstraint(fields=["id", "district"], name="grid_id_district"),
            models.CheckConstraint(
                condition=Q(tier__in=[Tier.CITY, Tier.DISTRICT]) | Q(parent__isnull=False),
                name="grid_below_district_has_parent",
            ),
            models.CheckConstraint(
                condition=~Q(tier=Tier.CITY) | Q(parent=None),
                name="grid_city_is_a_root",
            ),
            models.CheckConstraint(
                condition=Q(tier=Tier.CITY, district=None)
                | Q(tier=Tier.DISTRICT, district=F("id"))
                | (
                    ~Q(tier__in=[Tier.CITY, Tier.DISTRICT])
                    & Q(district__isnull=False)
                    & ~Q(district=F("id"))
                ),
                name="grid_belongs_to_its_district",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="grid_valid_period",
            ),
        ]
        indexes = [
            models.Index(fields=["parent"]),
            models.Index(fields=["district", "tier"]),
        ]

    def __str__(self):
        return self.name


class GridSuccession(models.Model):
    """From `on`, `successor` answers for (a part of) what was `predecessor`'s."""

    predecessor = models.ForeignKey(Grid, models.PROTECT, related_name="successions_after")
    successor = models.ForeignKey(Grid, models.PROTECT, related_name="successions_before")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["successor", "predecessor"], name="grid_succession_once"
            )
        ]

    def __str__(self):
        return f"{self.predecessor_id} → {self.successor_id}"


class HouseCodes(models.TextChoices):
    """How a district checks the codes of its dwellings."""

    FREE = "free", _("Not checked")
    DIGITS_25 = "digits_25", _("25 digits")
    JGJT_246 = "jgjt_246", _("JGJ/T 246: 25 and a check digit")


PURPOSES = "救助申请\n身份核对\n社保医保\n户籍和居住登记\n走访慰问\n应急处置\n其他公务"


class DistrictProfile(models.Model):
    """What a district calls its three grid levels, and how large they should be."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.OneToOneField(
        Grid, models.PROTECT, related_name="profile", verbose_name=_("district")
    )
    community_label = models.CharField(_("name of level 1"), max_length=20, default="基本网格")
    base_label = models.CharField(_("name of level 2"), max_length=20, default="基础网格")
    unit_label = models.CharField(_("name of level 3"), max_length=20, default="单元网格")
    base_band_min = models.PositiveIntegerField(_("level 2: fewest households"), default=500)
    base_band_max = models.PositiveIntegerField(_("level 2: most households"), default=800)
    unit_band_min = models.PositiveIntegerField(_("level 3: fewest households"), default=100)
    unit_band_max = models.PositiveIntegerField(_("level 3: most households"), default=250)
    house_codes = models.CharField(
        _("house codes"),
        max_length=10,
        choices=HouseCodes,
        default=HouseCodes.FREE,
        db_default=HouseCodes.FREE,
    )
    has_three_administrators = models.BooleanField(
        _("three administrators"),
        default=True,
        help_text=_(
            "Nobody is two of administrator, security administrator and auditor; grave postings"
            " take a second person."
        ),
    )

    building_words = models.CharField(
        _("further words for a building"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(
                "^[\\u4e00-\\u9fff]{1,4}(、[\\u4e00-\\u9fff]{1,4})*$",
                _("Words of one to four characters, between them 、."),
            )
        ],
        help_text=_(
            "Besides 号楼, 栋, 幢, 座 and #, e.g. 排、组: 3排 is then 3号楼. Leave it empty where"
            " there are both."
        ),
    )
    purposes = models.TextField(
        _("purposes of a look at a full number"),
        default=PURPOSES,
        blank=True,
        help_text=_("One a line; whoever looks chooses one and adds words."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("district profile")
        verbose_name_plural = _("district profiles")

    def __str__(self):
        return str(self.district)

    @classmethod
    def purposes_of(cls, district_id):
        """The lines of the district's list; the usual ones where it is empty."""
        found = cls.objects.filter(district=district_id).values_list("purposes", flat=True).first()
        lines = [line.strip()[:30] for line in (found or PURPOSES).splitlines()]
        return [line for line in dict.fromkeys(lines) if line]
