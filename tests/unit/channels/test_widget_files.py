"""The widget's files as they are served: small, unchanged in what they do, and asked for again only when they changed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import minify
import pytest

from actions.questionnaire import NONE, UNKNOWN, VALUES
from channels.web.widget_files import TYPES, WidgetFiles, accepts_gzip
from runtime.paths import WIDGET

MAX_BYTES = 18_000  # of what every page loads, compressed
EVERYWHERE = ("widget.js", "chat.js", "messages.js", "transport.js", "styles.css")


@pytest.fixture(scope="module")
def files() -> WidgetFiles:
    return WidgetFiles()


@pytest.mark.parametrize(
    ("encodings", "accepted"),
    [
        ("gzip", True), ("br, gzip", True), ("gzip;q=0.5", True), ("GZIP ; q=1", True), ("gzip;q=0", False),
        ("gzip; q=0.0, br", False), ("br;q=1, gzip;Q=0.000", False), ("", False), ("identity", False), ("x-gzip-new", False),
        ("*", False),
    ],
)  # fmt: skip
def test_a_file_is_only_compressed_for_those_who_take_it(encodings: str, accepted: bool) -> None:
    assert accepts_gzip(encodings) == accepted


def body(files: WidgetFiles, name: str) -> bytes:
    response = files.response(name)
    assert response
    assert response.body
    return response.body


def test_every_script_style_and_page_is_served_and_nothing_else(files: WidgetFiles) -> None:
    names = {path.relative_to(WIDGET).as_posix() for path in WIDGET.rglob("*") if path.suffix in TYPES}
    assert {"widget.js", "chat.js", "styles.css", "demo.html", "strings/en.js"} <= names
    for name in names:
        assert body(files, name)
    for name in ("", "strings", "../clinic.yml", "nothing.js", "chat.js/"):
        assert files.response(name) is None
    assert files.languages() == ["en", "es"]


def test_scripts_and_style_are_minified_and_small(files: WidgetFiles) -> None:
    names = [path.relative_to(WIDGET).as_posix() for path in WIDGET.rglob("*") if path.suffix in (".js", ".css")]
    served = {name: body(files, name) for name in names if name != "demo.css"}
    for name, content in served.items():
        assert len(content) < (WIDGET / name).stat().st_size, name
        assert b"/*" not in content, name
    for language in files.languages():
        loaded = (*EVERYWHERE, f"strings/{language}.js")
        assert sum(len(gzip.compress(served[name])) for name in loaded) <= MAX_BYTES, language


def test_the_minifier_leaves_declarations_where_they_are() -> None:
    """Releases that move them break scripts; requirements.in names them."""
    script = "function f(a) { const b = g(a); const { c } = h({ b }); return c; }"
    assert minify.string("text/javascript", script) == "function f(e){const t=g(e),{c:n}=h({b:t});return n}"


def test_the_script_knows_the_address_that_it_was_fetched_from(files: WidgetFiles) -> None:
    for host, known in (("chat.example.com:8080", b"//chat.example.com:8080"), ('x";alert(1)', b"//exosome-chat.invalid")):
        response = files.response("widget.js", host=host)
        zipped = files.response("widget.js", encodings="gzip", host=host)
        assert response
        assert zipped
        assert known in (response.body or b"")
        assert gzip.decompress(zipped.body or b"") == response.body


def test_pages_stay_as_they_are_and_have_a_policy(files: WidgetFiles) -> None:
    response = files.response("demo.html")
    assert response
    assert response.body == (WIDGET / "demo.html").read_bytes()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    script = files.response("chat.js")
    assert script
    assert "Content-Security-Policy" not in script.headers


def test_a_browser_that_has_the_file_gets_nothing_again(files: WidgetFiles) -> None:
    first = files.response("chat.js")
    assert first
    again = files.response("chat.js", known_tags=f'"other", {first.headers["ETag"]}')
    assert again
    assert (again.status, again.body) == (304, b"")
    other = files.response("chat.js", known_tags='"other"')
    assert other
    assert other.status == 200


def test_a_browser_that_can_gets_it_compressed(files: WidgetFiles) -> None:
    response = files.response("styles.css", encodings="br, gzip")
    assert response
    assert response.body
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.body) == body(files, "styles.css")


def test_a_proxy_gets_the_same_files_and_the_same_times_everywhere(files: WidgetFiles, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        files.write(tmp_path / folder)
    written = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert Path("strings/en.js.gz") in written
    for path in written:
        first, second = (tmp_path / folder / path for folder in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_mtime == second.stat().st_mtime
    assert (tmp_path / "one" / "chat.js").read_bytes() == body(files, "chat.js")


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_health_answer_is_in_one_group_of_the_list(language: str) -> None:
    strings = (WIDGET / "strings" / f"{language}.js").read_text(encoding="utf-8")
    groups = strings[strings.index("groups: [") : strings.index("hints:")]
    named = [word for word in re.findall(r'"(\w+)"', groups) if word in VALUES["health_flags"]]
    assert sorted(named) == sorted(set(VALUES["health_flags"]) - UNKNOWN - {NONE})
    hinted = re.search(r"hints: \{ (\w+):", strings)
    assert hinted
    assert hinted[1] in named
