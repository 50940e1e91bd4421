"""The pages' looks: templates, and one style sheet."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import MediaType, Response, get

from op26x.errors import Op26xError

if TYPE_CHECKING:
    from jinja2 import Environment

STYLE = Path(__file__).with_name("style.css")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("op26x_service.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def page(template: str, *, error: Op26xError | None = None, status: int | None = None, **values: Any) -> Response[str]:
    """A page.

    Args:
        template: Its name, without ``.html``.
        error: What went wrong with the form that was sent; its words stand above it.
        status: Of the answer; by default 200, or 400 with an error.
        values: What the template shows.
    """
    html = _environment().get_template(f"{template}.html").render(error=error, **values)
    code = status or (200 if error is None else 400)
    return Response(html, status_code=code, media_type=MediaType.HTML)


@get("/account/style.css", public="the same for everybody", security=[], include_in_schema=False)
async def style() -> Response[bytes]:
    """The style sheet."""
    return Response(STYLE.read_bytes(), media_type="text/css")
