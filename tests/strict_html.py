"""Reads markup as strictly as a review would: known tags and attributes only, closed in order; and text that tries to break out."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import strategies as st

# What our own builders may produce; anything else came through from the outside.
TAGS = {
    *(
        "article",
        "dialog",
        "div",
        "span",
        "p",
        "h1",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
        "strong",
        "mark",
        "button",
        "details",
        "summary",
    ),
    *("a", "h5", "progress", "meter", "textarea", "svg", "path"),
    *("table", "thead", "tbody", "tr", "th", "td", "h4", "em", "s", "hr"),
    *("dl", "dt", "dd", "section", "header", "blockquote", "i", "label", "input", "br", "select", "option", "small", "nav"),
}
ATTRIBUTES = {
    *("class", "title", "lang", "type", "value", "role", "style", "tabindex", "hidden", "open", "checked", "selected", "disabled"),
    *(
        "href",
        "min",
        "max",
        "maxlength",
        "placeholder",
        "rows",
        "viewbox",
        "width",
        "height",
        "d",
        "fill",
        "aria-current",
        "aria-pressed",
    ),
    *(
        "data-submit",
        "data-thumb",
        "data-kind",
        "data-until",
        "data-forms",
        "data-none",
        "data-parent",
        "data-box",
        "data-scope",
        "data-notebook",
        "data-number",
    ),
    *(
        "data-language",
        "data-page-language",
        "data-part",
        "data-done",
        "data-waits",
        "data-copied",
        "data-tab",
        "data-limit",
        "data-sending",
    ),
    *(
        "data-working",
        "data-unread",
        "id",
        "data-format",
        "data-accept",
        "data-item",
        "data-another",
        "autocomplete",
        "data-at",
        "aria-haspopup",
        "aria-labelledby",
    ),
    *("data-cited", "data-quotes", "data-markup", "data-page", "data-src", "data-to", "data-document", "data-words"),
    *("aria-live", "download"),
    *("scope", "aria-description", "data-s", "data-copy", "data-text"),
    *("aria-label", "aria-hidden", "aria-valuemin", "aria-valuemax", "aria-valuenow"),
    *(
        "data-do",
        "data-turn",
        "data-n",
        "data-card",
        "data-running",
        "data-id",
        "data-name",
        "data-job",
        "data-question",
        "data-remote",
        "data-view",
        "data-winner",
        "data-answering",
        "data-best",
    ),
}
MATH_TAGS = {
    *(
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
    ),
    *("munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
}
MATH_ATTRIBUTES = {
    *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "form", "separator", "accent", "accentunder"),
    *(
        "linethickness",
        "columnalign",
        "rowalign",
        "columnlines",
        "rowlines",
        "columnspacing",
        "rowspacing",
        "width",
        "height",
        "depth",
    ),
    *("lspace", "rspace", "minsize", "maxsize", "movablelimits", "largeop", "symmetric", "notation"),
}
HOSTILE = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                *(
                    "<script>alert(1)</script>",
                    "<img src=x onerror=alert(1)>",
                    '"><svg onload=alert(1)>',
                    "' onclick='x",
                    "javascript:x",
                ),
                *(
                    "![](http://evil.example/a.png)",
                    "[a](javascript:x)",
                    "<a href=http://evil.example>",
                    "&lt;b&gt;",
                    "</div></article>",
                ),
                *(
                    "**",
                    "`",
                    "```\n",
                    "[1]",
                    "[99]",
                    "\n\n",
                    "- ",
                    "1. ",
                    "# ",
                    "。",
                    ". ",
                    "\u202e",
                    "\x00",
                    "\ud800",
                    "${x}",
                    "{{x}}",
                    "$\\text{<img\tsrc=x\tonerror=alert(1)>}$",
                    "$$\\href{javascript:x}{a}$$",
                    "\\(\\style{background:url(x)}{b}\\)",
                    "\n| a | b |\n|---|---|\n| c | d |\n",
                    "> ",
                    "~~",
                    "*",
                    "_",
                    "|",
                    "\\",
                    "&amp;",
                ),
            ]
        ),
        max_size=12,
    ).map("".join),
)


class Strict(HTMLParser):
    """Checks names of tags and attributes and that tags close in order; gathers the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        math = tag == "math" or "math" in self.stack
        assert tag in (MATH_TAGS if math else TAGS), tag
        assert {name for name, _ in attrs} <= (MATH_ATTRIBUTES if math else ATTRIBUTES), attrs
        style = dict(attrs).get("style")
        assert style is None or style.startswith("width:")
        if tag not in ("input", "br", "hr"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> str:
    parser = Strict()
    parser.feed(markup)
    parser.close()
    assert not parser.stack
    return parser.text
