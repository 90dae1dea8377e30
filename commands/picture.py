"""`make picture`: films a conversation in a real browser, and writes docs/conversation.gif for the README.

It uses the system's Chromium. The assistant gets its own ports, database and clinic, so it can run next to another one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import yaml
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, sync_playwright

from commands.loopback import free_port
from commands.run import wait_until_ready
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT

PICTURE = ROOT / "docs" / "conversation.gif"
MAX_SIZE = 1_500_000  # bytes
WIDTH, HEIGHT = 420, 660  # pixels: the shape of a phone, and still legible next to text on a desktop
SCALE = 1.5  # for high-resolution screens
COLORS = 40
# The headless shell is the same browser without its own windows, and takes a third less of the processor.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CLINIC = {
    "name": "Larkspur Dermatology",
    "phone": "(555) 010-0142",
    "booking_link": "https://larkspur.example/visit",
    "hours": "Monday to Friday, 9 to 5",
    "color": "#1f5a4c",
}
# In milliseconds.
KEY, BEFORE_SENDING, TAP, PAUSE, END = 100, 500, 700, 1500, 6000
A_WORD, MAX_READING = 110, 8000
DOUBLE_CLICK = 300  # the widget ignores a second press within this time
CHARACTERS_A_FRAME = 3
SCROLL_STEP = 110  # pixels per frame


class Film:
    """Screenshots of a page, each with the time to show it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.frames: list[Image.Image] = []
        self.times: list[int] = []

    def show(self, milliseconds: int, tap: Locator | None = None) -> None:
        """Adds a screenshot of the page, with a fingertip on `tap`."""
        frame = Image.open(BytesIO(self._page.screenshot())).convert("RGB")
        box = tap.bounding_box() if tap else None
        if box:
            x, y = SCALE * (box["x"] + box["width"] / 2), SCALE * (box["y"] + box["height"] / 2)
            ImageDraw.Draw(frame).ellipse((x - 20, y - 20, x + 20, y + 20), outline="#b3261e", width=5)
        self.frames.append(frame)
        self.times.append(milliseconds)

    def save(self, path: Path) -> None:
        """Writes an animated GIF. All frames share one palette, so that nothing flickers."""
        sheet = Image.new("RGB", (self.frames[0].width, self.frames[0].height * len(self.frames)))
        for place, frame in enumerate(self.frames):
            sheet.paste(frame, (0, frame.height * place))
        palette = sheet.quantize(COLORS, method=Image.Quantize.MEDIANCUT)
        first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        first.save(path, save_all=True, append_images=others, duration=self.times, loop=0, optimize=True)


class Visitor:
    """A visitor who talks to the assistant on camera."""

    def __init__(self, page: Page, film: Film) -> None:
        self._page, self._film = page, film
        self._chat = page.locator("exosome-chat")

    def open(self) -> None:
        launcher = self._chat.locator("#launcher")
        launcher.wait_for(state="visible")
        self._film.show(PAUSE)
        self._film.show(TAP, launcher)
        launcher.click()
        self._wait()
        self._film.show(PAUSE)

    def say(self, text: str) -> None:
        """Types and sends `text`, and reads the reply."""
        field = self._chat.get_by_role("textbox", name="Your message")
        for length in range(CHARACTERS_A_FRAME, len(text) + CHARACTERS_A_FRAME, CHARACTERS_A_FRAME):
            field.fill(text[:length])
            self._film.show(KEY)
        self._film.show(BEFORE_SENDING)
        known = self._length()
        field.press("Enter")
        self._read(known)

    def press(self, name: str) -> None:
        """Presses the newest button called `name`, and reads the reply."""
        button = self._chat.get_by_role("button", name=name, exact=True).last
        self._page.wait_for_timeout(DOUBLE_CLICK)
        button.scroll_into_view_if_needed()
        self._film.show(TAP, button)
        known = self._length()
        button.click()
        self._read(known)

    def _wait(self) -> None:
        self._page.wait_for_function(
            "() => { const root = document.querySelector('exosome-chat').shadowRoot;"
            " return root.querySelector('.greeting') && !root.getElementById('typing').textContent; }"
        )

    def _length(self) -> int:
        return len(self._chat.get_by_role("log").inner_text().split())

    def _read(self, known: int) -> None:
        """Shows the reply for as long as it takes to read, and scrolls to its end."""
        self._wait()
        self._page.wait_for_timeout(DOUBLE_CLICK)
        words = self._length() - known
        self._film.show(min(max(words * A_WORD, PAUSE), MAX_READING))
        log = self._chat.get_by_role("log")
        while log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop") > 1:
            log.evaluate(f"log => log.scrollBy(0, {SCROLL_STEP})")
            self._film.show(KEY)
        self._film.show(PAUSE)


def converse(visitor: Visitor) -> None:
    """Has the conversation that the film shows."""
    visitor.open()
    visitor.say("does it actually work?")
    visitor.say("and what does it cost")
    visitor.say("am I a candidate?")
    visitor.press("Yes, start")
    visitor.say("34")
    visitor.say("my throat is closing up")


def find_chromium() -> str | None:
    """Returns the path of the system's Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@contextmanager
def assistant(state: Path) -> Iterator[str]:
    """Runs the assistant the way `make run` does, with its files in `state`. Yields the URL of the demo page."""
    clinic = state / "clinic.yml"
    clinic.write_text(yaml.safe_dump(CLINIC), encoding="utf-8")
    ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    settings = {
        "HOST": "127.0.0.1",
        "CLINIC_FILE": str(clinic),
        "ASSISTANT_STATE": str(state),
        "CONVERSATIONS_DB": str(state / "film.db"),
    }
    command = [sys.executable, "-m", "commands.run"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ports, **settings}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{ports['PORT']}/webhooks/web"
    try:
        if not wait_until_ready(f"{address}/health", [process]):
            raise SystemExit("The assistant did not start.")
        yield f"{address}/demo"
    finally:
        process.terminate()
        process.wait(2 * STOP_TIMEOUT + 5)


def main() -> int:
    """Makes the film. Returns 1 if there is no browser, or if the file is too large."""
    chromium = find_chromium()
    if not chromium:
        print("Could not find Chromium. On Debian: sudo apt-get install chromium-headless-shell")
        return 1
    with tempfile.TemporaryDirectory() as state, assistant(Path(state)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, reduced_motion="reduce")
        page.goto(address)
        film = Film(page)
        converse(Visitor(page, film))
        film.times[-1] = END
        browser.close()
    film.save(PICTURE)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {len(film.frames)} frames, {sum(film.times) / 1000:.0f} s, {size / 1000:.0f} kB")
    return int(size > MAX_SIZE)


if __name__ == "__main__":
    sys.exit(main())
