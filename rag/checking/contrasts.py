"""Words that rule each other out, in English, Spanish and Japanese: "above" and "below", "most" and "few", "likely" and "unlikely". Pure.

Each class is small and closed. What words of a class say does not hang on the language, so that texts in two languages can be held
against each other. A text that says both of a class, or neither, says nothing of it.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from rag.checking.bindings import among, content


@dataclass(frozen=True, slots=True)
class _Pole:
    """What one side of a class says: words in Latin letters (whole words), and in Japanese (as they stand)."""

    name: str
    latin: str
    japanese: str = ""

    def stands_in(self, text: str) -> bool:
        """Whether a word of it stands in a text."""
        return _pattern(self).search(text) is not None


@functools.cache
def _pattern(pole: _Pole) -> re.Pattern[str]:
    latin = rf"(?<![\w-])(?:{pole.latin})(?![\w-])"
    return re.compile(f"{latin}|{pole.japanese}" if pole.japanese else latin, re.IGNORECASE)


# Two sides of which a statement can hold one alone.
_PAIRS: tuple[tuple[_Pole, _Pole], ...] = (
    (
        _Pole("above", r"above|over (?=the|its)|por encima|encima de|sobre(?= el nivel)", "より上|の上(?!げ)"),
        _Pole("below", r"below|beneath|under (?=the|its)|por debajo|debajo de", "より下|の下(?!げ)"),
    ),
    (
        _Pole("before", r"before|prior to|earlier than|antes", "(?<!以)前に|までに|以前"),
        _Pole("after", r"after|following the|later than|después|tras", "(?<!以)後に|以降|以後|てから|た後|たのち|の後"),
    ),
    (
        _Pole(
            "except",
            r"except\w*|excluding|apart from|other than|save for|salvo|except[oa]|a excepción|aparte de",
            "以外|を?除い?[きくて]",
        ),
        _Pole(
            "including",
            r"including|inclusive of|even|also|too|incluid[oa]s? (?=el|la|los|las)|incluyendo"
            r"|inclusive|incluso|también",
            "を?含[むめん]|も含",
        ),
    ),
    (
        _Pole("likely", r"(?<!un)likely|probabl[ye]|probable(?:mente)?|previsiblemente|expected to", "おそらく|可能性が高|見込み"),
        _Pole("unlikely", r"unlikely|improbable|poco probable|not expected to|no es probable", "可能性は?が?低|見込みは?が?な"),
    ),
    (
        _Pole(
            "certain",
            r"certainly|definitely|surely|always|guaranteed to|sin duda|seguro que|siempre|con certeza",
            "必ず|確実に|常に",
        ),
        _Pole(
            "possible",
            r"may|might|could|perhaps|possibly|quizás?|puede que|podr\w+|tal vez",
            "かもしれ|場合がある|場合があり|ことがある|ことがあり",
        ),
    ),
    (
        _Pole(
            "often",
            r"often|common\w*|frequent\w*|usually|a menudo|frecuente\w*|habitual\w*",
            "よく(?=.{1,8}(?:る|す|た|。|$))|しばしば|頻繁",
        ),
        _Pole("rare", r"rare\w*|seldom|hardly ever|raramente|rar[oa]s? ve\w+|rar[oa]s?|poco frecuente\w*", "まれ|稀|めったに"),
    ),
    (
        _Pole(
            "planned",
            r"planned|plans to|scheduled to|is to be|not yet|due to be|prevista?s?|previsto?s?"
            r"|está previsto",
            "予定|計画|検討|見通し|まだ",
        ),
        _Pole(
            "done",
            r"already|has been|have been|ya|se han?|ha sido|han sido",
            "すでに|既に|済み|(?:しました|決ま(?:った|りました)|決定し(?:た|ました))",
        ),
    ),
    (
        _Pole(
            "more",
            r"(?<!no )(?<!once )more(?! than| or)|greater|larger|higher|longer|faster|dearer"
            r"|heavier|louder|(?<!no )más(?! de| o menos| que)|mayor",
            "増(?!築|刷|設)|より(?:多|高|長|大き)",
        ),
        _Pole(
            "less",
            r"less(?! than)|fewer(?! than)|smaller|lower|shorter|slower|cheaper|lighter"
            r"|quieter|menos(?! de| que)(?<!al menos)(?<!o menos)|menor",
            "減(?!量)|より(?:少な|低|短|小さ)",
        ),
    ),
    (
        _Pole(
            "rise",
            r"ris\w+|rose|raise[sd]?|increas\w+|gr[eo]w\w*|climb\w*|gain\w*|aument\w+"
            r"|sub[eiío]\w*|crec\w+",
            "増え|増加|上が|上げ|上昇|伸び",
        ),
        _Pole(
            "fall",
            r"fall\w*|fell|drop\w*|decreas\w+|declin\w+|reduc\w+|shr[aiu]nk\w*|lower(?:ed|s)"
            r"|disminu\w+|baj[aóe]\w*|cay\w+|ca[eí]\w*|redu[cj]\w+|descen\w+",
            "減少|減っ|減り|下が|下げ|下落|低下",
        ),
    ),
    (
        _Pole("on", r"(?:switch\w*|turn\w*|left|kept) on|encendid[oa]s?|encend\w+|activad[oa]s?", "オンに|点灯"),
        _Pole("off", r"(?:switch\w*|turn\w*) off|off(?= during)|apagad[oa]s?|apag\w+|desactivad[oa]s?", "オフに|消灯|電源を切"),
    ),
    (
        _Pole("open", r"opens?|opened|abren?|abiert[oa]s?|abrir\w*", "開館|開店|開き|開く|開け"),
        _Pole("closed", r"close[sd]?|shut|cierran?|cerrad[oa]s?|cerrar\w*", "閉館|閉店|休館|閉ま|閉め|締め切"),
    ),
    (
        _Pole("start", r"starts?|started|beg[ai]ns?|begun|comien\w+|comenz\w+|empie\w+|empez\w+|inici\w+", "始ま|始め|開始"),
        _Pole("end", r"ends?|ended|finish\w*|termin[aóe]\w*|finaliz\w+|acab[aó]\w*", "終わ|終了"),
    ),
    (_Pole("first", r"first|primer[oa]?s?", "最初|初回|初め"), _Pole("last", r"last|final|últim[oa]s?", "最後|最終")),
    (
        _Pole("least", r"at least|minimum|no less than|mínim[oa]s?|al menos|por lo menos|como mínimo", "最低|最小|最短|少なくとも"),
        _Pole("most", r"at most|maximum|no more than|máxim[oa]s?|como mucho|como máximo|a lo sumo", "最高|最大|最長|多くとも"),
    ),
    (
        _Pole("left", r"left(?=[ -](?:hand|side|button|door|wing|eye|arm|leg|lane|ear|foot))|izquierd[oa]s?", "左"),
        _Pole("right", r"right(?=[ -](?:hand|side|button|door|wing|eye|arm|leg|lane|ear|foot))|derech[oa]s?(?! a\b)", "右"),
    ),
    (
        _Pole("upper", r"upper|top|superior(?:es)?(?! a)", "上段|上側|上部"),
        _Pole("lower", r"bottom|lower(?= (?:shelf|tray|rack|part|floor|deck))|inferior(?:es)?(?! a)", "下段|下側|下部"),
    ),
    (
        _Pole("inside", r"inside|indoors?|within the|dentro|interior(?:es)?", "内で|内に限|社内|館内|屋内|室内"),
        _Pole("outside", r"outside|outdoors?|fuera|exterior(?:es)?", "外で|外に限|社外|館外|屋外"),
    ),
    (
        _Pole("hot", r"hot|warm|calientes?", "熱い|温かい|お湯|温水"),
        _Pole("cold", r"cold|cool|fr[ií][oa]s?", "冷たい|冷水|冷え|冷め"),
    ),
    (
        _Pole("free", r"free(?! of (?:charge )?\w+ing)|free of charge|no charge|gratis|gratuit[oa]s?|gratuitamente", "無料|無償"),
        _Pole("paid", r"(?:must |have to |has to )?pays?|costs?|charged?|pagan?|cuestan?|de pago", "有料|有償|かかり|かかる"),
    ),
    (
        _Pole("younger", r"under-?\d+s?|under the age|under \d+ years|younger|menores de|menor de", "未満|以下"),
        _Pole("older", r"over-?\d+s|older|aged \d+ and over|mayores de|mayor de", "以上|を超え"),
    ),
    (
        _Pole(
            "includes",
            r"included|includes?|covers?|covered|incluy\w+"
            r"|incluid[oa]s?(?! (?:el|la|los|las) )|cubiert[oa]s?|cubren?",
            "含まれ|補償され|対象とな",
        ),
        _Pole("excludes", r"excluded|excludes?|excluy\w+|excluid[oa]s?", "含まれ(?:ない|ませ)|対象外"),
    ),
    (
        _Pole(
            "needed",
            r"required|necessary|needed|compulsory|mandatory|obligatory|must|necesari[oa]s?"
            r"|obligatori[oa]s?|hace falta|hay que|debe[n]?",
            "必要(?!は|が?な|では|あり?ま?せ)|なければ|必須|義務",
        ),
        _Pole(
            "optional",
            r"optional|voluntary|not required|unnecessary|opcional(?:es)?|voluntari[oa]s?"
            r"|no hace falta|no es necesari[oa]",
            "任意|不要|必要(?:は|が)?(?:な|あり?ません)",
        ),
    ),
    (
        _Pole("buy", r"buys?|bought|purchas\w+|compr\w+", "買う|買い|買っ|購入"),
        _Pole("sell", r"sells?|sold|vend\w+", "売る|売り(?!上)|売っ|販売"),
    ),
    (
        _Pole("put on", r"put(?:ting)? (?:\w+ ){0,3}on|attach\w*|poner\w*|póngase|coloc\w+", "着け|付け(?:る|て|ま)|取り付け"),
        _Pole("take off", r"tak\w+ (?:\w+ ){0,3}off|remov\w+|detach\w*|quit[aeá]\w*|retir\w+", "外し|外す|取り外"),
    ),
    (
        _Pole("same", r"same|identical|mism[oa]s?|igual(?:es)?", "同じ"),
        _Pole("different", r"different|differs?|diferentes?|distint[oa]s?", "異な|違う|違い"),
    ),
    (
        _Pole("known", r"(?:well )?known|conocid[oa]s?", "知られ|判明"),
        _Pole("unknown", r"unknown|unclear|desconocid[oa]s?", "不明"),
    ),
    (_Pole("full", r"full|llen[oa]s?", "満杯|満室"), _Pole("empty", r"empty|vací[oa]s?", "空の|空に")),
    (_Pole("internal", r"internal|intern[oa]s?", "内部"), _Pole("external", r"external|extern[oa]s?", "外部")),
    (_Pole("borrow", r"borrow\w*", "借り"), _Pole("lend", r"lends?|lent", "貸し")),
    (_Pole("faster", r"earlier|sooner", "早く"), _Pole("later", r"later|más tarde", "遅く")),
    (
        _Pole("within", r"within|(?:with)?in the first|en un plazo|dentro de|en los primeros", "以内"),
        _Pole("beyond", r"after (?:the )?(?:first|\d+)|después de(?: los primeros)?|pasad[oa]s", "を過ぎ|経過後"),
    ),
)
# How many, how often in every: each rules out what it is mapped to when that stands in the passage.
_AMOUNTS = {
    "all": _Pole(
        "all",
        r"all|every|everyone|everybody|anyone|anybody|entire|whole|tod[oa]s?|cualquiera?|íntegr\w+",
        "全員|すべて|全て|全部|全室|誰でも|全館",
    ),
    "most": _Pole(
        "most", r"most(?! of all)(?<!at most)|mostly|(?:the )?majority|mayoría|mayor parte", "ほとんど|大半|大部分|多くの"
    ),
    "half": _Pole("half", r"half|mitad", "半分|半数|半額"),
    "many": _Pole("many", r"many|lots of|numerous|much|much[oa]s|numeros[oa]s", "多数|たくさん|多くの"),
    "few": _Pole("few", r"(?<!a )few|hardly any|little|poc[oa]s", "わずか|少数|ほとんど[^。、]{0,8}(?:ない|ません)"),
    "some": _Pole("some", r"some|several|algun[oa]s|vari[oa]s", "一部|いくつか"),
    "only": _Pole(
        "only",
        r"only|solely|exclusively|alone|s[oó]lo|solamente|únicamente|exclusivamente",
        "だけ|のみ|しか|に限り|に限って|に限る",
    ),
}
_RULED_OUT = {
    "all": ("most", "half", "few", "some", "only", "many"),
    "most": ("few", "half", "some", "only"),
    "half": ("all", "most", "few"),
    "many": ("few",),
    "few": ("all", "most", "many", "half"),
    "some": (),
    "only": ("all",),
}
_PERIODS = (
    _Pole(
        "day",
        r"per day|a day|daily|every day|each day|al día|por día|diari[oa]s?|diariamente|cada día",
        "毎日|1日(?=あたり|に)|日額|1日につき",
    ),
    _Pole(
        "week",
        r"per week|a week|weekly|every week|each week|a la semana|por semana"
        r"|semanal(?:es|mente)?|cada semana",
        "毎週|週(?=に\\d)|週額",
    ),
    _Pole(
        "month",
        r"per month|a month|monthly|every month|each month|al mes|por mes"
        r"|mensual(?:es|mente)?|cada mes",
        "毎月|月額|月に|1か月あたり",
    ),
    _Pole("quarter", r"quarterly|every quarter|trimestral(?:es|mente)?|cada trimestre", "四半期ごと"),
    _Pole(
        "year",
        r"per year|a year|per annum|yearly|annual(?:ly)?|every year|each year|al año"
        r"|por año|anual(?:es|mente)?|cada año",
        "毎年|年額|年に|年間(?=の|で)",
    ),
)
_MAY = _Pole("may", r"may|can|could|puede[n]?|podrá[n]?", "できる|できます|てもよ|ことがで|場合があ")
_MUST = _Pole(
    "must",
    r"must|shall|have to|has to|will|obliged to|debe[n]?|deberá[n]?|tienen? que"
    r"|hay que|obligad[oa]s? a",
    "必ず|なければ|必要があ|べき",
)
# A word, and one that a prefix denies.
_LONG_WORD = re.compile(r"[^\W\d_]{6,}|[一-龯]{2,4}")
_PREFIX = re.compile(r"(?:un|in|im|ir|il|non|dis|des|不|無|非|未)(?P<bare>[a-zà-ÿ]{5,}|[一-龯]{2,3})\Z")
_KANA = re.compile("[ぁ-ゖ]")
_JAPANESE = re.compile("[ぁ-ゖァ-ヶ一-龯]")
_NO_DUTY = re.compile(
    r"\b(?:may|can|must|could|puede[n]?|debe[n]?|podrá[n]?) (?:not|no)\b|\bcannot\b"
    r"|\bno (?:puede|debe)\w*|ません|ない",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two sides of a class: what a claim says, and what a passage says."""

    claimed: str
    found: str


def contrasts(claim: str, said: str, *, foreign: bool = False) -> list[Contrast]:
    """The classes in which a claim says another side than a statement of a passage that speaks of the same.

    `foreign` tells that the two are in different languages: what stands beside "before" and "after" is then not compared.

    >>> contrasts("Most pages are blank.", "Few pages are blank.")
    [Contrast(claimed='most', found='few')]
    """
    found = [
        Contrast(mine.name, theirs.name)
        for one, other in _PAIRS
        for mine, theirs in ((one, other), (other, one))
        if _says(claim, mine, theirs) and _says(said, theirs, mine) and (foreign or not _of_another(claim, mine, said, theirs))
    ]
    mine = {name for name, pole in _AMOUNTS.items() if pole.stands_in(claim)}
    theirs = {name for name, pole in _AMOUNTS.items() if pole.stands_in(said)}
    if len(mine) == 1 and not mine & theirs:
        (name,) = mine
        found += [Contrast(name, other) for other in _RULED_OUT[name] if other in theirs]
    often = [pole.name for pole in _PERIODS if pole.stands_in(claim)]
    told = [pole.name for pole in _PERIODS if pole.stands_in(said)]
    if len(often) == 1 and told and often[0] not in told:
        found.append(Contrast(often[0], told[0]))
    found += _prefixed(claim, said)
    if _says(claim, _MUST, _MAY) and _says(said, _MAY, _MUST) and not _NO_DUTY.search(f"{claim} {said}"):
        found.append(Contrast(_MUST.name, _MAY.name))
    return found


def _prefixed(claim: str, said: str) -> list[Contrast]:
    """The words that stand in one text with a prefix that denies them, and in the other without: "compatible" and "incompatible"."""
    mine, theirs = set(_LONG_WORD.findall(claim.casefold())), set(_LONG_WORD.findall(said.casefold()))
    found = []
    for one, other in ((mine, theirs), (theirs, mine)):
        for match in (match for word in one if (match := _PREFIX.match(word))):
            bare = match["bare"]
            if bare in other and bare not in one and match[0] not in other:
                pair = (match[0], bare) if one is mine else (bare, match[0])
                found.append(Contrast(*pair))
    return found


def tells_period(text: str) -> bool:
    """Whether a text says that something is every day, week, month, quarter or year."""
    return any(pole.stands_in(text) for pole in _PERIODS)


def _of_another(claim: str, mine: _Pole, said: str, theirs: _Pole) -> bool:
    """Whether "before" and "after" stand beside different words: "wash before eating" and "eat after washing" are one."""
    if mine.name not in ("before", "after"):
        return False
    one, other = _beside(claim, mine), _beside(said, theirs)
    return bool(one and other) and not among(one, [other])


def _beside(text: str, pole: _Pole) -> str:
    """The word that "before" or "after" goes with: the next one, in Japanese the one before."""
    match = _pattern(pole).search(text)
    if match is None:
        return ""
    japanese = not match[0].isascii() and _JAPANESE.search(match[0]) is not None
    words = [word for word in content(text[: match.start()] if japanese else text[match.end() :]) if not _KANA.match(word)]
    return (words[-1] if japanese else words[0]) if words else ""


def without_contrasts(text: str) -> str:
    """A text without the words of the classes: what it speaks of, whatever it says of it."""
    for pole in _ALL:
        text = _pattern(pole).sub(" ", text)
    return text


def _says(text: str, pole: _Pole, other: _Pole) -> bool:
    return pole.stands_in(text) and not other.stands_in(text)


_ALL = [*(pole for pair in _PAIRS for pole in pair), *_AMOUNTS.values(), *_PERIODS, _MAY, _MUST]
