"""Markdown as GitHub reads it: its own fork of cmark, and the HTML as a tree of elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

VOID = {"br", "hr", "img", "input"}


@dataclass
class Element:
    """An element and what stands in it, in order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text() for one in self.inside)

    def children(self, tag: str) -> list[Element]:
        return [one for one in self.inside if isinstance(one, Element) and one.tag == tag]

    def all(self, *tags: str) -> list[Element]:
        found = []
        for one in self.inside:
            if isinstance(one, Element):
                found += [one] if one.tag in tags else []
                found += one.all(*tags)
        return found

    def tags(self) -> set[str]:
        return {one.tag for one in self.inside if isinstance(one, Element)}.union(
            *(one.tags() for one in self.inside if isinstance(one, Element))
        )


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self.open = [self.root]
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def html_of(markdown: str) -> str:
    """As GitHub renders it, before it takes away what it does not allow."""
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)


def rendered(markdown: str) -> Element:
    """The tree; fails where elements do not nest."""
    tree = _Tree()
    tree.feed(html_of(markdown))
    tree.close()
    assert tree.open == [tree.root], f"<{tree.open[-1].tag}> is not closed"
    return tree.root
