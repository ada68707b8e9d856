"""Sellers' Markdown must not be a way to put their own HTML on our pages."""

from html.parser import HTMLParser

import pytest

from listings.markdown import markdown_html


def test_common_markdown_is_rendered() -> None:
    html = markdown_html("# One\n\n**bold** ~~old~~\n\n- a\n\n|a|b|\n|-|-|\n|1|2|\n\n```\ncode\n```")

    for expected in ("<h3>One</h3>", "<strong>bold</strong>", "<s>old</s>", "<li>a</li>", "<td>1</td>"):
        assert expected in html, expected


def test_links_are_marked_as_the_sellers() -> None:
    html = markdown_html("[site](https://example.test)")

    assert html == '<p><a href="https://example.test" rel="nofollow ugc noopener">site</a></p>'


class Elements(HTMLParser):
    """The tags and attributes a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.addresses |= {value or "" for name, value in attrs if name == "href"}


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![tracker](https://example.test/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>)",
        "<javascript:alert(1)>",
        '<a href="https://example.test" onclick="x()" style="color:red">x</a>',
        "<style>p{}</style><iframe src='//example.test'></iframe>",
        '[x](https://example.test "\'onmouseover=alert(1)")',
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_nothing_active_gets_through(source: str) -> None:
    elements = Elements(markdown_html(source))

    assert elements.tags <= {"p", "a"}
    assert elements.attributes <= {"href", "title", "rel"}
    assert all(address.startswith("https://") for address in elements.addresses)
