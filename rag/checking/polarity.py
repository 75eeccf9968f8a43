"""Whether two statements that speak of the same say the opposite: one denies, or one has more where the other has less. Pure."""

from __future__ import annotations

import re

_NOT = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nobody|without|cannot|nothing|forbidden|prohibited|banned|excluded|rejected"
    r"|nunca|ni|sin|ningun[oa]?|ningún|tampoco|jamás"
    r"|prohib\w+|rechaz\w+|excluy\w+|veda\w+)\b|n't\b|ません|ない(?!と|場合)|なかった|できず|禁止|否決|不可|不要|除外|認めな|除く",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:rais\w*|ros[e]|rises?|increas\w*|grew|grow\w*|higher|lengthen\w*|gain\w*|up from|aument\w*|sub[eiío]\w*|crec\w*|elev\w*|mayor|más)\b"
    r"|増え|増加|上が|上げ|上昇|伸び|高く|向上",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:lower\w*|reduc\w*|fell|falls?|decreas\w*|drop\w*|declin\w*|shorten\w*|los[te]\w*"
    r"|down from|disminu\w*|baj\w*|reduj\w*|cay\w*|desc\w*|menor|menos|reducción)\b"
    r"|減少|減っ|減り|下が|下げ|下落|低下|短く|縮",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|antes)\b|前に|までに|以前", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|después|tras)\b|後に|以降|以後", re.IGNORECASE)


# Words of denial that deny nothing: duties, bounds, "not only".
_NO_DENIAL = re.compile(
    r"なければ(?:なら|なり|いけ)(?:ない|ません)|ないと(?:いけ|なり)ません|かもしれ(?:ない|ません)|だけでなく"
    r"|\bno (?:more|less|fewer|later|longer|earlier) than\b|\bnot (?:more|less|only|until)\b|\bno (?:más|menos|antes|solo|sólo)\b",
    re.IGNORECASE,
)


def denials(text: str) -> int:
    """How often a text denies."""
    return len(_NOT.findall(_NO_DENIAL.sub(" ", text)))


def without_directions(text: str) -> str:
    """A text without the words that say that something goes up or down."""
    return _DOWN.sub(" ", _UP.sub(" ", text))


def opposite_directions(claim: str, said: str) -> bool:
    """Whether one goes up where the other goes down, or comes before what the other comes after."""
    for one, other in ((_UP, _DOWN), (_BEFORE, _AFTER)):
        claimed, found = (bool(one.search(claim)), bool(other.search(claim))), (bool(one.search(said)), bool(other.search(said)))
        if sum(claimed) == 1 and sum(found) == 1 and claimed != found:
            return True
    return False
