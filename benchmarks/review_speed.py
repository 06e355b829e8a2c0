"""How many products a minute the review page takes from somebody who only presses keys.

    python benchmarks/review_speed.py --workspace shop/ [--products 60] [--people 2]

A copy of the workspace is served, and each person has a Chromium. A script looks at the product
for ``--look`` seconds, presses Enter, and corrects every fifth product: an arrow, a digit, Enter.
People take turns, so that a wait is the page's; all of them hold claims all the time. In the end
the table of corrections is compared with what was pressed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from hangtag.corrections import Corrections
from hangtag.workspace import Workspace

_NEXT = "(before) => document.querySelector('.about .id')?.textContent !== before"
_SENT = "() => !Object.keys(localStorage).some((name) => name.startsWith('hangtag-review-outbox'))"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--products", type=int, default=60, help="of each person")
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--look", type=float, default=0.0, help="seconds for each product")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "shop"
        shutil.copytree(asked.workspace, copy, ignore=shutil.ignore_patterns("index"))
        measure(copy, asked.products, asked.people, asked.look)


def measure(shop: Path, products: int, people: int, look: float) -> None:
    """Review and tell how quick it was."""
    before = len(Corrections(Workspace(shop)).standing())
    command = [sys.executable, "-m", "hangtag", "review", str(shop), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            told = json.loads(server.stdout.readline())
            waits, seconds, seen = session(told["address"], products, people, look)
        finally:
            server.terminate()
            server.wait()
    rows = Corrections(Workspace(shop)).rows()
    kept = {row.product_id for row in rows}
    doubled = len(rows) - len({(row.product_id, row.attribute) for row in rows})
    waits.sort()
    print(
        f"{told['products']:,} products, {people} people at once, {products} products each\n"
        f"{people * products / seconds * 60:,.0f} products a minute, "
        f"of which looking took {look * people * products / seconds:.0%}\n"
        f"from key to next product: median {1000 * statistics.median(waits):.0f} ms, "
        f"95 % within {1000 * waits[int(0.95 * len(waits))]:.0f} ms\n"
        f"{len(set(seen))} products pressed, {len(seen) - len(set(seen))} seen twice, "
        f"{len(set(seen) - kept)} lost, {doubled} answers doubled, {before} reviewed before"
    )


def session(
    address: str, products: int, people: int, look: float
) -> tuple[list[float], float, list[str]]:
    """Seconds from each key to the next product, seconds in all, the products pressed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    waits: list[float] = []
    seen: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        pages = [opened(browser, address, f"Person {n}") for n in range(people)]
        began = time.perf_counter()
        for number in range(products):
            for page in pages:
                seen.append(page.locator(".about .id").inner_text())
                time.sleep(look)
                start = time.perf_counter()
                for key in ["ArrowDown", "2", "Enter"] if number % 5 == 4 else ["Enter"]:
                    page.keyboard.press(key)
                page.wait_for_function(_NEXT, arg=seen[-1])
                waits.append(time.perf_counter() - start)
        seconds = time.perf_counter() - began
        for page in pages:
            page.wait_for_function(_SENT)
        browser.close()
    return waits, seconds, seen


def opened(browser: Browser, address: str, person: str) -> Page:
    """The page of one person, showing a product."""
    context: Any = browser.new_context(base_url=address)
    context.add_init_script(f"localStorage.setItem('hangtag-review-person', '{person}')")
    page: Page = context.new_page()
    page.goto("/?queue=unsure")
    page.locator(".about .id").wait_for()
    return page


if __name__ == "__main__":
    main()
