"""Life of a household: who comes, goes, dies, moves, splits, merges, and who is its head.

Each verb is one transaction on locked rows; it refuses with a sentence, ends rows and deletes
none, and leaves who and why in the history. `by` keeps the register of the household's grid.
"""

from residents.life.answers import carry_out
from residents.life.coming import add_member, arrive
from residents.life.going import bring_back, come_back, die, last_ended, leave
from residents.life.ground import Done
from residents.life.mistakes import entered_lately, take_out
from residents.life.regrouping import change_head, merge, move, split
from residents.people.heads import head_of

__all__ = [
    "Done",
    "add_member",
    "arrive",
    "bring_back",
    "carry_out",
    "change_head",
    "come_back",
    "die",
    "entered_lately",
    "head_of",
    "last_ended",
    "leave",
    "merge",
    "move",
    "split",
    "take_out",
]
