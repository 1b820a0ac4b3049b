"""What the sender of a file says of its new compounds and buildings: a known one, or really new."""

from django.utils.translation import gettext as _

from residents.imports.batch import explain
from residents.imports.new_places import key_of

NEW = "new"


def missing(batch):
    """The new places of the dry run that may be known ones and of which nobody has said it."""
    said = {key_of(one) for one in batch.places}
    return [one for one in _found(batch).get("near", []) if key_of(one) not in said]


def shown(batch):
    """Context of the dry run: what is new, what is asked, what was said; {} where nothing is."""
    found, said = _found(batch), {key_of(one): one for one in batch.places}
    if not found and not said:
        return {}
    near = [_shown(batch, one, said.get(key_of(one))) for one in found.get("near", [])]
    return {
        "compounds": found.get("compounds", 0),
        "buildings": found.get("buildings", 0),
        "near": near,
        "missing": sum(not one["is_said"] for one in near),
        "others": found.get("others", []),
        "known": [one | {"to": _name(*one["to"])} for one in batch.places if one["to"]],
    }


def with_answers(batch, posted):
    """The answers of the batch with those that its page posted; one that was not offered is none."""
    said = {key_of(one): one for one in batch.places}
    for one in _found(batch).get("near", []):
        known = {_value(near): [near["compound"], near["building"]] for near in _offered(one)}
        offered = {**known, NEW: None}
        value = posted.get(key_of(one))
        if value in offered:
            names = ("kind", "community", "grid", "compound", "building")
            said[key_of(one)] = {name: one[name] for name in names} | {"to": offered[value]}
    return list(said.values())


def of_names(pairs):
    """The answers that the operator gives at once: "幸福花园=幸福小区", in every community."""
    answers = []
    for pair in pairs:
        name, __, known = pair.partition("=")
        answer = {
            "kind": "compound",
            "community": None,
            "grid": None,
            "compound": name,
            "building": "",
        }
        answers.append(answer | {"to": [known, ""]})
    return answers


def lines(found):
    """The same in words, for the command line."""
    said = []
    for one in [*found.get("near", []), *found.get("others", [])]:
        near = "、".join(
            _name(near["compound"], near["building"]) + near.get("grid", "") for near in one["near"]
        )
        new = _name(one["compound"], one["building"])
        said.append(
            _("new: %(new)s; known: %(near)s") % {"new": new, "near": near}
            if near
            else _("new: %s") % new
        )
    return said


def _found(batch):
    return batch.preview.get("new_places") or {}


def _shown(batch, one, said):
    choices = [
        {
            "value": _value(near),
            "name": _name(near["compound"], near["building"]),
            "names": near["names"],
            "is_on": bool(said and said["to"] == [near["compound"], near["building"]]),
        }
        for near in _offered(one)
    ]
    return one | {
        "key": key_of(one),
        "where": explain.row_place(batch, one["row"]),
        "choices": choices,
        "elsewhere": [near for near in one["near"] if "grid" in near],
        "is_said": said is not None,
        "is_new": said is not None and said["to"] is None,
    }


def _name(compound, building):
    return f"{compound}{building}" or _("no compound")


def _offered(one):
    """The known ones that it may be; one of another grid stays there: the file has to say so."""
    return [near for near in one["near"] if "grid" not in near]


def _value(near):
    return f"{near['compound']}|{near['building']}"
