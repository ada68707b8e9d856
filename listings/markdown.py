"""Sellers' Markdown as HTML that is safe to put on our pages."""

import nh3
from markdown_it import MarkdownIt

# Headings start below the page's own h1 and h2. No images: they would let a seller watch who reads the page.
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def markdown_html(source: str) -> str:
    """`source` (Markdown) as HTML without scripts, styles, images or raw HTML; its links carry rel."""
    tokens = _markdown.parse(source)
    for token in tokens:
        if token.tag in {"h1", "h2", "h3", "h4"}:
            token.tag = f"h{int(token.tag[1]) + 2}"
        elif token.tag == "h5":
            token.tag = "h6"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    ).strip()
