"""A plan as a page for a browser. `page` puts it together from parts of one subject each."""

from reconciler.render.html.page import html_page

__all__ = ["html_page"]
