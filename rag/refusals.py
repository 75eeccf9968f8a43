"""The sentences that only say that the documents do not tell. Pure.

A refusal is an answer that says nothing else; where more follows, that is cited and judged like any other answer.
"""

from __future__ import annotations

import re

from core.text import sentence_spans

_REFUSES = re.compile(
    r"(?:(?:unfortunately|sorry|i'm sorry|i am sorry|lo siento|lamentablemente)[,、]?\s*(?:but |pero )?)?"
    r"(?:(?:the|these|those|provided|given|your|supplied)\s+){0,3}"
    r"(?:(?:documents?|sources?|passages?|texts?|context|materials?)\s+(?:provided\s+|given\s+)?"
    r"(?:do|does|did)(?:\s+not|n't)\s+(?:contain|say|mention|state|specify|include|provide|give|tell|answer|indicate|describe|reveal)"
    r"|(?:(?:el|la|los|las|estos|estas|sus?)\s+)?(?:documentos?|fuentes?|pasajes?|textos?)\s+(?:proporcionad[oa]s?\s+)?"
    r"no\s+(?:contienen?|dicen?|mencionan?|indican?|especifican?|incluyen?|proporcionan?|dan?|responden?|ofrecen?|recogen?|señalan?|aclaran?))",
    re.IGNORECASE,
)
_REFUSES_JAPANESE = re.compile(
    r"[「『]?(?:申し訳(?:ありません|ございません)(?:が)?、?|残念ながら、?)?(?:(?:この|これらの|提供された|ご提供の|与えられた)?"
    r"(?:資料|文書|文章|書類|ドキュメント|出典|情報源)(?:の中)?(?:に|から)?(?:は|も)?)"
    r".{0,80}?(?:ません(?:でした)?|ない(?:です)?|なかった|おらず)"
)
_SAYS_MORE = re.compile(
    r"(?P<more>[,;:—–-]?\s+(?:but|however|although|though|yet|only|except|pero|sin embargo|aunque|solo|sólo|salvo|no obstante|sino)\b[,\s]*"
    r"|(?<=[んいずた])(?:が|けれども|けれど|けど|ものの)[、,]?\s*)",
    re.IGNORECASE,
)


def is_refusal(answer: str) -> bool:
    """Whether an answer, or a sentence, says that the documents do not contain what was asked, and no more."""
    sentences = [answer[start:end] for start, end in sentence_spans(answer)]
    return bool(sentences) and all(_refuses(sentence) and said_beside(sentence) == "" for sentence in sentences)


def said_beside(sentence: str) -> str:
    """What a sentence says apart from its refusal; the whole sentence where it holds none.

    >>> said_beside("The documents do not give the colour, but it weighs 23.4 kg.")
    'it weighs 23.4 kg.'
    """
    if not _refuses(sentence):
        return sentence
    more = _SAYS_MORE.search(sentence)
    return sentence[more.end() :].strip() if more else ""


def _refuses(sentence: str) -> bool:
    start = sentence.strip().lstrip("「『\"'“*")
    return _REFUSES.match(start) is not None or _REFUSES_JAPANESE.match(start) is not None
