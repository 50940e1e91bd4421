"""Every page by axe (https://github.com/dequelabs/axe-core): what a screen reader or a weak eye would stumble over."""

from typing import Any

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install axe-playwright-python")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.test_dashboard import listen, recorded_call

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def problems(page: Page) -> list[str]:
    """What axe finds within the page that is ours, one line each, once nothing is faded since it is drawn anew."""
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(house: Any, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(house.dashboard)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    assert problems(page) == []
    call_id = house.write(recorded_call)
    expect(page.get_by_role("row").filter(has_text="completed")).to_be_visible()
    assert problems(page) == []
    page.goto(f"{house.dashboard}/?call={call_id}")
    listen(page, "a complaint")
    assert problems(page) == []
    page.goto(f"{house.dashboard}/?page=retention")
    expect(page.get_by_role("heading", name="Retention", exact=True)).to_be_visible()
    assert problems(page) == []
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert [line.partition(":")[0] for line in problems(page)] == ["image-alt"], "axe does look"
