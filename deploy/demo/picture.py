"""Takes the README's pictures from a running demo: `python -m deploy.demo.picture [http://127.0.0.1:9797]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.rig.children import command

FOLDER = Path(__file__).parents[2] / "docs" / "img"
WIDTH = 1280
ROOM = 24  # under the last thing shown


def main() -> None:
    url = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:9797"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=command("chromium", "chromium-browser"),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        page = browser.new_page(viewport=ViewportSize(width=WIDTH, height=800))
        _take(page, f"{url}/", ".group:last-of-type", "page.png")
        _take(page, f"{url}/agreements/acme-checkout", ".objective", "agreement.png")
        browser.close()


def _take(page: Page, address: str, last: str, name: str) -> None:
    """The page from its top to the end of the first thing that is `last`."""
    page.goto(address)
    box = page.locator(last).first.bounding_box()
    if box is None:
        raise SystemExit(f"{address} shows no {last}: is the demo up?")
    height = box["y"] + box["height"] + ROOM
    page.screenshot(path=FOLDER / name, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    print(FOLDER / name)


if __name__ == "__main__":
    main()
