"""`make screenshots`: photographs the chat on screens of many kinds, and writes the pictures to .run/screenshots/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from commands.picture import DOUBLE_CLICK, assistant, find_chromium
from runtime.paths import ROOT, make_private

FOLDER = ROOT / ".run" / "screenshots"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "small phone": {**PHONE, "viewport": {"width": 360, "height": 640}},
    "landscape": {**PHONE, "viewport": {"width": 844, "height": 390}},
    "tablet": {"viewport": {"width": 768, "height": 1024}},
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "dark": {**PHONE, "color_scheme": "dark"},
    "forced colors": {**PHONE, "forced_colors": "active"},
    "zoom 400": {"viewport": {"width": 320, "height": 256}},
    "text 200": PHONE,
    "right to left": PHONE,
}
LARGE_TEXT = ("--blink-settings=defaultFontSize=32",)
TURN_ROUND = "() => (document.querySelector('exosome-chat').shadowRoot.getElementById('frame').dir = 'rtl')"
SETTLED = (
    "() => { const root = document.querySelector('exosome-chat').shadowRoot;"
    " return root.querySelector('.greeting') && !root.getElementById('typing').textContent; }"
)
# What the visitor does before each picture: text to type, or buttons and boxes to press.
STEPS: dict[str, tuple[str, ...]] = {
    "answer": ("type: does it hurt?",),
    "two answers": ("type: what does it cost and is it safe?",),
    "consent": ("type: am i a candidate?",),
    "age": ("Yes, start",),
    "health": ("type: 34",),
    "kind": ("Allergy to a medicine", "Continue"),
    "read-back": ("Pattern (runs in families)", "Early, hardly seen", "Nothing so far", "Continue"),
    "result": ("Yes, that's right",),
    "deletion": ("Delete my chat",),
    "danger": ("Cancel", "type: my throat is closing up"),
}


def photograph(page: Page, name: str) -> None:
    """Takes a picture of each state of a conversation on one screen."""
    chat = page.locator("exosome-chat")
    chat.locator("#launcher").wait_for(state="visible")
    if name == "right to left":
        page.evaluate(TURN_ROUND)
    shoot(page, name, 0, "closed")
    chat.locator("#launcher").click()
    page.wait_for_function(SETTLED)
    shoot(page, name, 1, "greeting")
    for number, (state, steps) in enumerate(STEPS.items(), start=2):
        for step in steps:
            take(page, step)
        shoot(page, name, number, state)


def shoot(page: Page, name: str, number: int, state: str) -> None:
    """Writes one picture."""
    page.screenshot(path=FOLDER / f"{name} {number:02} {state}.png".replace(" ", "_"))


def take(page: Page, step: str) -> None:
    """Types a text and sends it, or presses what has this name."""
    chat = page.locator("exosome-chat")
    _, is_typed, text = step.rpartition("type: ")
    if is_typed:
        chat.locator("#input").fill(text)
        chat.locator("#input").press("Enter")
    else:
        button = chat.get_by_role("button", name=step, exact=True)
        button.or_(chat.get_by_role("checkbox", name=step, exact=True)).last.click()
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(DOUBLE_CLICK)


def main() -> int:
    """Takes all pictures. Returns 1 if there is no browser."""
    chromium = find_chromium()
    if not chromium:
        print("Could not find Chromium. On Debian: sudo apt-get install chromium-headless-shell")
        return 1
    make_private(FOLDER)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as state, assistant(Path(state)) as address, sync_playwright() as playwright:
        for name, screen in SCREENS.items():
            browser = playwright.chromium.launch(executable_path=chromium, args=LARGE_TEXT if name == "text 200" else ())
            page = browser.new_page(**screen, reduced_motion="reduce")
            page.goto(address)
            photograph(page, name)
            browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
