"""Whether two statements that speak of the same say the opposite: one denies, or one has more where the other has less. Pure."""

from __future__ import annotations

import re

_NOT = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nobody|without|cannot|nothing|forbidden|prohibited|banned|excluded|rejected"
    r"|nunca|ni|sin|ningun[oa]?|ningún|tampoco|jamás"
    r"|prohib\w+|rechaz\w+|excluy\w+|veda\w+)\b|n't\b|ません|ない(?!と|場合)|なかった|なくて|なしに|なしで(?!も)|(?<!必)ずに|できず|禁止|否決|不可|不要|除外|認めな|除く",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:rais\w*|ros[e]|rises?|increas\w*|grew|grow\w*|higher|lengthen\w*|gain\w*|up from"
    r"|aument\w*|sub[eiío]\w*|crec\w*|elev\w*|mayor|(?<!o )más(?! de\b))\b"
    r"|増え|増加|上が|上げ|上昇|伸び|高く|向上",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:lower\w*|reduc\w*|fell|falls?|decreas\w*|drop\w*|declin\w*|shorten\w*|los[te]\w*"
    r"|down from|disminu\w*|baj\w*|reduj\w*|cay\w*|desc\w*|menor|(?<!al )(?<!lo )(?<!o )menos(?! de\b)|reducción)\b"
    r"|減少|減っ|減り|下が|下げ|下落|低下|短く|縮",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|antes)\b|前に|までに|以前", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|después|tras)\b|後に|以降|以後", re.IGNORECASE)


# Words of denial that deny nothing: duties, bounds, "not only".
_NO_DENIAL = re.compile(
    r"(?:かま|構)いません|(?:かま|構)わない|差し支え(?:ありません|ない)|問題(?:は|も)?(?:ありません|ない)|なければ(?:なら|なり|いけ)(?:ない|ません)|ないと(?:いけ|なり)ません|かもしれ(?:ない|ません)|だけでなく"
    r"|\bwithout (?:extra |additional )?(?:charge|cost|delay)\b"
    r"|\bno (?:extra |additional )?(?:charge|cost)\b|\bsin (?:cargo|coste|recargo|costo)\b"
    r"|\bno (?:more|less|fewer|later|longer|earlier) than\b|\bnot (?:more|less|only|until)\b|\bno (?:más|menos|antes|solo|sólo)\b",
    re.IGNORECASE,
)


_MODAL = re.compile(
    r"\b(?:must|needs?|needed|requir\w*|necessary|allow\w*|permit\w*|can|cannot|may|possible|available|forbidden|prohibited|banned|use|should"
    r"|hace falta|hay que|deb\w+|necesi\w+|necesari\w+|oblig\w+|permit\w+|pued\w+|posible\w*|disponible\w*|prohib\w+|us[ae]\w*|obligatori\w*)\b"
    r"|必要|でき|可能|認め|許可|なければ|いけ(?:ない|ません)|ください|禁止|不要|不可",
    re.IGNORECASE,
)
# What says that something may or can be done, and that it may or can not.
_CANNOT = re.compile(
    r"\b(?:cannot|can['’]t|can not|may not|must not|mustn['’]t|not (?:be )?(?:allow\w*|permit\w*|possible)|forbidden|prohibited|banned"
    r"|no (?:(?:se|lo|la|los|las) )*(?:pued\w+|podr\w+|permit\w+)|no (?:está|están|es|son|sea) (?:permitid\w+|posible)|prohib\w+)\b"
    r"|(?:でき|使え|認められ|許可され)(?:ない|ません|ていない|ていません)|禁止|不可",
    re.IGNORECASE,
)
_CAN = re.compile(
    r"\b(?:can|may|allow\w*|permit\w*|possible|pued\w+|podr\w+|posible)\b|できる|できます|使え|使って(?:も)?(?:よい|いい|よく)"
    r"|認められ|許可され|可能(?!性)",
    re.IGNORECASE,
)
# Yes or no at the beginning of an answer, before what it says.
_ANSWER = re.compile(
    r"\s*(?:(?P<yes>yes|sí|si(?=[,.:;!])|はい|ええ)|(?P<no>no|nope|いいえ|いえ))"
    r"(?:[,.:;!、。，！—–-]+\s*|(?<=[いえ])(?:です)?\Z)",
    re.IGNORECASE,
)
# Words after "no" that deny it once more in Spanish, in the same clause, and "nor" after "neither" or "not".
_CONCORD = re.compile(
    r"(?P<no>\b(?:no|sin)\b[^,;.]{0,80}?)\b(?:ningun[oa]?s?|ningún|nada|nadie|nunca|jamás|tampoco|ni)\b"
    r"|(?P<neither>\b(?:neither|not)\b[^,;.]{0,80}?)\bnor\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;；]\s*")


def denials(text: str) -> int:
    """How often a text denies. Words that only stress a denial in Spanish ("no ... ningún"), and "no" as an answer, deny nothing more."""
    text = _NO_DENIAL.sub(" ", _ANSWER.sub("", " ".join(text.split())))
    return sum(len(_NOT.findall(_without_stress(clause))) for clause in _CLAUSE.split(text))


def _without_stress(clause: str) -> str:
    for _ in range(8):  # "no ... nunca ... nada ... ni"
        shorter = _CONCORD.sub(lambda found: found["no"] or found["neither"], clause)
        if shorter == clause:
            break
        clause = shorter
    return clause


def without_answer(text: str) -> str:
    """A text without the yes or no at its beginning, where more follows."""
    rest = _ANSWER.sub("", text, count=1) if _ANSWER.match(text) else text
    return rest if rest.strip(" .。!！") else text


def modal(text: str) -> bool:
    """Whether a text says what must, may or can be."""
    return _MODAL.search(text) is not None


def permits(text: str) -> bool | None:
    """Whether a text says that something may or can be done (True), or may or can not (False); None where it says neither, or both."""
    without = _CANNOT.sub(" ", text)
    forbids, allows = without != text, _CAN.search(without) is not None
    return None if forbids == allows or denials(without) else allows


def without_permission(text: str) -> str:
    """A text without the words that say that something may or may not be done."""
    return _CAN.sub(" ", _CANNOT.sub(" ", text))


def bare_answer(text: str) -> bool | None:
    """Whether a text is nothing but yes (True) or no (False); None where it says more or something else."""
    match = _ANSWER.match(text.strip(" *_.。!！\n\"'“”「」") + ".")
    if match is None or text.strip(" *_.。!！\n\"'“”「」")[match.end() :]:
        return None
    return match["yes"] is not None


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
