"""What an import of a register writes, as far as its undo has to know."""

from dataclasses import dataclass, field

from django.db import models


@dataclass(frozen=True)
class Child:
    """Rows of `model` hang on rows of `parent`, which stays while one of them does."""

    parent: type[models.Model]
    model: type[models.Model]
    column: str
    # A new one stays with its new parent.
    stays_with_parent: bool = True


@dataclass(frozen=True)
class Written:
    """`models` with a history, parents first; SQL works on undo_<model>, as `taking_back` fills it.

    Rows of `places` only came along: nobody is told of them, and new ones go last of all, if
    nobody uses them by then. `used` and `together` are own statements that note in `kept` why a
    row stays; those of `together` run again and again until nothing more stays.
    """

    models: tuple
    places: tuple = ()
    children: tuple[Child, ...] = ()
    used: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    by_person: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    counted: tuple = ()  # whose rows are counted; all but `places`, if not said
    listed: tuple = ()  # whose rows are listed when they stay; all but `places`, if not said
    restored: dict[str, str] = field(default_factory=dict)  # {column: SQL, if not that of before}

    @property
    def main(self):
        return tuple(model for model in self.models if model not in self.places)
