"""Markdown into tokens that know where in the source they stand.

markdown-it gives lines for blocks and nothing for what stands inside them, so the inline parser is one that notes what each token was
made of, and `place` turns that into offsets of the source. Raw HTML, links, pictures and references are not read: an address that a
document smuggles into an answer would be fetched by the browser and carry words of the question away.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as markdown_table
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

from core.text import width

# Levels of lists and quotes within each other; text below that is not read any more.
DEEPEST = 60
# Characters of a block's content up to which its tokens are kept.
_REMEMBERED = 2_000
# Keys of tokens' `meta` and of the parser's `env`.
AT, OFFSETS, SPAN, NUMBERS, DISPLAY, KNOWN = "at", "offsets", "span", "numbers", "display", "known"

# `[n]` and `[n, m]`; numbers have at most three digits.
_CITATION = re.compile(r"\[(\d{1,3}(?:[ ]?[,、，;][ ]?\d{1,3}){0,20})\]")
# A formula in a line: signs that open one, and those that close it.
_INLINE = ((r"$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)"))
_BLOCK = {"$$": "$$", r"\[": r"\]"}
_PROSE = re.compile(r"[^\W\d_]{2,}[ \t]+[^\W\d_]+|[^\W\d_]+[ \t]+[^\W\d_]{2,}")
_COMMAND = re.compile(r"\\(?:text|mbox|mathrm|operatorname|textbf|textit)\s*\{[^{}]*\}|\\[A-Za-z]+")


class _State(StateInline):
    """Reads emphasis beside Japanese and Chinese, which know no space between words.

    https://github.com/tats-u/markdown-cjk-friendly: wide punctuation is as good as a letter, and beside a wide character narrow
    punctuation may open and close too.
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: FBT001, N802, N803  # markdown-it's
        """See `StateInline.scanDelims`."""
        end = start
        while end < self.posMax and self.src[end] == self.src[start]:
            end += 1
        last = self.src[start - 1] if start else " "
        following = self.src[end] if end < self.posMax else " "
        if end - start == 1 and last.isdigit() and following.isdigit():
            return Scanned(can_open=False, can_close=False, length=1)  # 2*3*4 is a product
        opens = _leans(following, last)
        closes = _leans(last, following)
        return Scanned(
            can_open=opens and (canSplitWord or not closes or _punctuation(last)),
            can_close=closes and (canSplitWord or not opens or _punctuation(following)),
            length=end - start,
        )


def _leans(inner: str, outer: str) -> bool:
    """Whether marks between `outer` and `inner` can embrace `inner`."""
    if isWhiteSpace(ord(inner)):
        return False
    narrow = _punctuation(inner) and not _wide(inner)
    return not narrow or isWhiteSpace(ord(outer)) or _punctuation(outer) or _wide(outer)


def _punctuation(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or isPunctChar(sign)


def _wide(sign: str) -> bool:
    return width(sign) == 2


class _Inline(ParserInline):
    """Notes in `meta["at"]` of each token the characters of the content that it was made of."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """See `ParserInline.parse`. While an answer grows, only its last block is read anew."""
        tokens += _read(src, md, env[KNOWN]) if len(src) <= _REMEMBERED else _read.__wrapped__(src, md, env[KNOWN])
        return tokens

    def tokenize(self, state: StateInline) -> None:
        """See `ParserInline.tokenize`."""
        rules = self.ruler.getRules("")
        held_from = 0
        while state.pos < state.posMax:
            begun, known, held = state.pos, len(state.tokens), bool(state.pending)
            if not held:
                held_from = begun
            if not any(rule(state, False) for rule in rules):
                state.append_pending(state.src[begun])
                state.pos = begun + 1
                continue
            fresh = state.tokens[known:]
            if held and fresh and fresh[0].type == "text":
                token = fresh.pop(0)
                token.meta[AT] = (held_from, held_from + len(token.content))
            at = begun
            for token in fresh:
                token.meta[AT] = (at, at + len(token.content)) if token.type == "text" else (begun, state.pos)
                at += len(token.content)
        if state.pending:
            token = state.pushPending()
            token.meta[AT] = (held_from, held_from + len(token.content))


@functools.lru_cache(maxsize=1024)
def _read(src: str, md: MarkdownIt, known: frozenset[int]) -> Sequence[Token]:
    """The tokens inside a block; shared by all who ask, so never changed."""
    state = _State(src, md, {KNOWN: known}, [])
    md.inline.tokenize(state)
    for rule in md.inline.ruler2.getRules(""):
        rule(state)
    return tuple(state.tokens)


def _cite(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's signature
    found = _CITATION.match(state.src, state.pos)
    if found is None:
        return False
    numbers = [int(number) for number in re.findall(r"\d+", found[1])]
    if not any(number in state.env[KNOWN] for number in numbers):
        return False
    if not silent:
        token = state.push("cite", "", 0)
        token.content, token.meta[NUMBERS] = found[0], numbers
    state.pos = found.end()
    return True


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's signature
    opening, closing = next((pair for pair in _INLINE if state.src.startswith(pair[0], state.pos)), ("", ""))
    if not opening:
        return False
    begin = state.pos + len(opening)
    end = _closing(state.src, closing, begin)
    if end < 0:
        return False
    body, after = state.src[begin:end], state.src[end + len(closing) : end + len(closing) + 1]
    if opening == "$":
        before = state.src[state.pos - 1] if state.pos else " "
        # "$5 and $10", "5$", "$HOME/$USER" are no formulas.
        if body[:1].isspace() or body[-1:].isspace() or before.isdigit() or (after.isascii() and after.isalnum()):
            return False
    if not _mathematical(body, dollar=opening == "$"):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.meta[DISPLAY] = body, opening in _BLOCK
    state.pos = end + len(closing)
    return True


def _closing(text: str, sign: str, start: int) -> int:
    """Where `sign` stands next without a backslash before it; -1 where it does not."""
    begin = start
    while (at := text.find(sign, start)) >= 0:
        slash = at
        while slash > begin and text[slash - 1] == "\\":
            slash -= 1
        if (at - slash) % 2 == 0:
            return at
        start = at + 1
    return -1


def _mathematical(body: str, *, dollar: bool) -> bool:
    """Whether signs of a formula stand around one: not around an escaped number in brackets, not around a sentence about money."""
    bare = _COMMAND.sub("", body)
    if not body.strip() or re.fullmatch(r"[\d\s,;]+", body):
        return dollar and bool(re.fullmatch(r"\d+", body))
    return not (_PROSE.search(bare) and ("\\" not in body or bare[0].isdigit()))


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's signature
    first = state.bMarks[start] + state.tShift[start]
    closing = _BLOCK.get(state.src[first : first + 2])
    if closing is None:
        return False
    body: list[str] = []
    for line in range(start, end):
        begin = first + 2 if line == start else state.bMarks[line] + state.tShift[line]
        text = state.src[begin : state.eMarks[line]].rstrip()
        if line > start and (not text or state.sCount[line] < state.blkIndent):
            return False
        ended = text.endswith(closing)
        body.append(text.removesuffix(closing))
        if closing in body[-1]:
            return False
        if ended:
            break
    else:
        return False
    content = "\n".join(body)
    if not _mathematical(content, dollar=False):
        return False
    if not silent:
        state.line = line + 1
        token = state.push("formula_block", "", 0)
        token.content, token.map, token.block = content, [start, line + 1], True
    return True


@functools.cache
def _parser(*, answer: bool) -> MarkdownIt:
    md = MarkdownIt()
    md.inline = _Inline()
    md.configure("commonmark", {"html": False, "maxNesting": DEEPEST})
    md.enable(["table", "strikethrough"])
    # Setext headings and indented code turn what was shown already into something else, and text of PDF pages into code.
    md.disable(
        ["link", "image", "autolink", "html_inline", "html_block", "reference", "lheading", "code", "fragments_join", "text_join"]
    )
    if not answer:
        md.disable(["escape", "entity"])  # a document's backslashes are its own
    md.inline.ruler.before("escape", "formula", _formula)
    md.inline.ruler.before("link", "cite", _cite)
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("fence", "formula_block", _formula_block, {"alt": ["paragraph", "blockquote", "list"]})
    return md


def parsed(text: str, *, known: Collection[int] = (), answer: bool = True) -> list[Token]:
    """The blocks of a text, in order, with `meta["offsets"]` on inline tokens that are found in the source with certainty.

    `offsets[i]` is the offset in `text` of character i of the token's content; one more stands for its end. `known` are the numbers that
    marks may have. `answer` reads backslash escapes and entities; a document's are its own. Raises RecursionError on absurd nesting.
    """
    tokens = _parser(answer=answer).parse(text, {KNOWN: frozenset(known)})
    lines = text.split("\n")
    starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    row: list[Token] = []
    in_row = False
    for token in tokens:
        if token.type == "tr_open":
            in_row, row = True, []
        elif token.type == "tr_close":
            in_row = False
            if row and row[0].map:
                line = row[0].map[0]
                _place_row(row, lines[line], starts[line])
        elif token.type == "inline" and in_row:
            row.append(token)
        elif token.type == "inline":
            _place_lines(token, lines, starts)
        if token.map and token.type != "inline":
            token.meta[SPAN] = (starts[token.map[0]], starts[min(token.map[1], len(lines))] - 1)
    return tokens


def _place_lines(token: Token, lines: Sequence[str], starts: Sequence[int]) -> None:
    """Each line of a paragraph is the end of its line of the source; so is a heading's, once its closing hashes are off."""
    assert token.map is not None
    offsets: list[int] = []
    for number, line in enumerate(token.content.split("\n"), token.map[0]):
        words = line.strip()
        source = lines[number].rstrip()
        if not source.endswith(words):
            source = re.sub(r"[ \t]+#+\Z", "", source).rstrip()
        if not source.endswith(words):
            return
        at = starts[number] + len(source) - len(words)
        lead = len(line) - len(line.lstrip())
        offsets += [at] * lead
        offsets += range(at, at + len(line) - lead + 1)  # the last one is the line's end
    token.meta[OFFSETS] = offsets


def _place_row(row: Sequence[Token], line: str, start: int) -> None:
    for token, cell in zip(row, _row_cells(line, start, len(row)), strict=False):
        if "".join(sign for sign, _ in cell) != token.content:
            return
        token.meta[OFFSETS] = [offset for _, offset in cell] + [cell[-1][1] + 1 if cell else start]


def _row_cells(line: str, start: int, columns: int) -> list[list[tuple[str, int]]]:
    """The cells of a table's row as characters with their offsets, split as markdown-it does: a bar behind a backslash is one of the cell.

    The last of `columns` cells holds what a row has beyond them, with its bars.
    """
    prefix = re.match(r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*", line)
    assert prefix is not None
    cells: list[list[tuple[str, int]]] = [[]]
    bars: list[tuple[str, int]] = []
    for at in range(prefix.end(), len(line.rstrip())):
        if line[at] != "|":
            cells[-1].append((line[at], start + at))
        elif at and line[at - 1] == "\\":
            cells[-1][-1:] = [("|", start + at)]
        else:
            bars.append(("|", start + at))
            cells.append([])
    if len(cells) > 1:
        first, last = not cells[0], len(cells) - (not cells[-1])
        cells, bars = cells[first:last], bars[first:last]
    for bar, cell in zip(bars[columns - 1 :], cells[columns:], strict=False):
        cells[columns - 1] += [bar, *cell]
    cells = cells[:columns] + [[] for _ in range(columns - len(cells))]
    for cell in cells:
        while cell and cell[-1][0].isspace():
            cell.pop()
        while cell and cell[0][0].isspace():
            cell.pop(0)
    return cells


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's call
    """markdown-it's table, without the loss of the cells that a row has more than the header (GFM, 4.10): the last cell keeps them."""
    begun = len(state.tokens)
    if not markdown_table(state, start, end, silent):
        return False
    row: list[Token] = []
    for token in state.tokens[begun:]:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(token)
        elif token.type == "tr_close" and row and row[-1].map:
            number = row[-1].map[0]
            line = state.src[state.bMarks[number] : state.eMarks[number]]
            cells = _row_cells(line, 0, len(row))
            if any(sign == "|" for sign, _ in cells[-1]):
                row[-1].content = "".join(sign for sign, _ in cells[-1])
    return True


def source_span(parent: Token, child: Token) -> tuple[int, int] | None:
    """Characters of the source that a token inside a block was made of; None where that is not certain."""
    offsets, at = parent.meta.get(OFFSETS), child.meta.get(AT)
    if offsets is None or at is None or at[0] >= at[1]:
        return None
    return offsets[at[0]], offsets[at[1] - 1] + 1
