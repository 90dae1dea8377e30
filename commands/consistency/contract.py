"""Checks the names that others rely on: docs/openapi.yml, the widget, the messaging platforms and the environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from commands.consistency.project import Project

OPENAPI = "docs/openapi.yml"
COMPOSE, KUBERNETES = "deploy/compose.yml", "deploy/kubernetes/assistant.yml"
CREDENTIALS, CHANNELS_DOC, NGINX = "credentials.yml", "docs/channels.md", "deploy/nginx.py"
ENDPOINTS, DEFAULTS = "endpoints.yml", ("runtime/environment.py", "DEFAULTS")
PLATFORMS_IN = "runtime/clinic.py"
WEB_CODE = "channels/web/*.py"
ROUTE = (r'"(?:GET|POST|DELETE)", "/(\w+)"',)
REFUSAL = (r'RequestRefusedError\(\d+, "(\w+)"', r'return \w+, "(\w+)"')
DEFAULT_KIND = "answer"  # the kind of a response that does not name one
# The card of a result has its outcome as a class. No other class has an underscore.
STYLES, OUTCOME_CLASS = "widget/styles.css", re.compile(r"\.([a-z]+(?:_[a-z]+)+)\b")
READS_METADATA = ("channels/", "components/dialogue/")
# The widget's own kinds, for what it shows before anybody has written.
WIDGET_KINDS = {"greeting"}
VARIABLE = re.compile(r"\$\{(\w+)\}")
READ_IN_CODE = (r'environ\.get\("(\w+)"', r'\bsetting\("(\w+)"')
# Read by other people's code: Sanic and the PostgreSQL image.
READ_ELSEWHERE = re.compile(r"SANIC_\w+|POSTGRES_\w+|UV_\w+")
VARIABLE_NAME = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
SET_IN_DOCUMENT = re.compile(r"(?:export |from-literal=|[`\s])([A-Z][A-Z0-9_]{2,})=")
SIGNATURE = (r'headers\.get\("(X-[\w-]+)"', r'SIGNATURE_HEADER = "(X-[\w-]+)"')
PLATFORM_NAME = (r'def name\(cls\) -> str:\s+return "(\w+)"',)
# A class that Rasa's configuration names: its module, with dots, and its own name.
CLASS = re.compile(r"\b((?:actions|channels|components)(?:\.\w+)+)\.(\w+)")


def _schema(project: Project, name: str) -> Any:
    return project.data(OPENAPI)["components"]["schemas"][name]


def _metadata(project: Project) -> Iterator[dict[str, Any]]:
    for variant in _schema(project, "Metadata")["oneOf"]:
        yield variant["properties"]


def _said(schema: dict[str, Any]) -> list[str]:
    return [schema["const"]] if "const" in schema else schema.get("enum", [])


def _differ(what: str, stated: list[str], real: list[str], where: str) -> Iterator[str]:
    for name in stated:
        if name not in real:
            yield f"{OPENAPI} has the {what} {name}, which {where} does not have: correct one of them."
    for name in real:
        if name not in stated:
            yield f"{where} has the {what} {name}, which {OPENAPI} does not list: add it there."


def slots(project: Project) -> Iterator[str]:
    (question,) = (part for part in _metadata(project) if "step" in part)
    asked = [*project.asked_besides, *project.questions]
    yield from _differ("slot", _said(question["slot"]), asked, "the check (data/check.yml)")
    max_steps = len(project.questions)
    min_steps = max_steps - sum("only_after" in item for item in project.questions.values())
    for field, bound, number in (
        ("step", "maximum", max_steps),
        ("steps", "minimum", min_steps),
        ("steps", "maximum", max_steps),
    ):
        stated = question[field].get(bound)
        if stated != number:
            yield f"{OPENAPI}: {bound} of {field} is {stated}, but the check has {number} questions: correct it."


def outcomes(project: Project) -> Iterator[str]:
    (result,) = (part for part in _metadata(project) if "outcome" in part)
    yield from _differ("outcome", _said(result["outcome"]), project.outcomes, "Outcome in actions/candidacy.py")
    for outcome in sorted(set(OUTCOME_CLASS.findall(project.text(STYLES))) - set(project.outcomes)):
        yield f"{STYLES} has the class {outcome}, which is no outcome of actions/candidacy.py: correct the name."


def kinds(project: Project) -> Iterator[str]:
    stated = [kind for part in _metadata(project) for kind in _said(part["kind"])]
    real = {fields.get("kind", DEFAULT_KIND) for fields in _written(project)}
    yield from _differ("kind", stated, sorted(real), "data/responses/")
    for path, kind in _looked_for(project, "kind"):
        if kind not in stated and not (kind in WIDGET_KINDS and path.startswith("widget/")):
            yield f"{path} looks for the kind {kind}, which {OPENAPI} does not list: correct the name."


def dangers(project: Project) -> Iterator[str]:
    """The values of `danger` that mark a message as being about danger, for the channels and the chat."""
    stated = [danger for part in _metadata(project) if "danger" in part for danger in _said(part["danger"])]
    real = {fields["danger"] for fields in _written(project) if "danger" in fields}
    yield from _differ("danger", stated, sorted(real), "data/responses/")
    for path, danger in _looked_for(project, "danger"):
        if danger not in stated:
            yield f"{path} looks for the danger {danger}, which {OPENAPI} does not list: correct the name."


def _written(project: Project) -> Iterator[dict[str, Any]]:
    """Yields the metadata of every reply."""
    for _, entries in project.responses.values():
        for entry in entries:
            yield entry.get("metadata", {})


def _looked_for(project: Project, field: str) -> Iterator[tuple[str, str]]:
    """Yields the words that the widget, and the code of the channels and the dialogue, compare a field with, and their files."""
    for path, module in project.modules.items():
        if path.startswith(READS_METADATA):
            yield from ((path, word) for word in sorted(module.words_for(field)))
    for path in project.paths("widget/*.js"):
        yield from ((path, word) for word in sorted(set(re.findall(rf'\b{field} === "(\w+)"', project.text(path)))))


def errors(project: Project) -> Iterator[str]:
    """The errors of refusals must match in openapi.yml, in the code that refuses, and in the texts."""
    stated = _said(_schema(project, "Refusal")["properties"]["error"])
    written = [name.removeprefix("utter_error_") for name in project.responses if name.startswith("utter_error_")]
    yield from _differ("error", stated, written, "data/responses/notices.yml (utter_error_...)")
    for path in project.paths(WEB_CODE):
        for error in sorted(project.module(path).matches(*REFUSAL) - set(stated)):
            yield f"{path} refuses with {error}, which {OPENAPI} does not list: add it there, or correct the name."
    by_nginx = {*project.constant(NGINX, "REFUSALS"), *re.findall(r"/errors/(\w+)\.json", project.text("deploy/nginx.conf.j2"))}
    for error in sorted(by_nginx - set(stated)):
        yield f"nginx (deploy/) refuses with {error}, which {OPENAPI} does not list: add it there, or correct the name."


def paths(project: Project) -> Iterator[str]:
    """The proxy must forward the web channel's routes, and openapi.yml must describe them."""
    described = [path.strip("/") for path in project.data(OPENAPI)["paths"] if not path.endswith(".js")]
    passed = list(project.constant(NGINX, "PATHS"))
    yield from _differ("path", described, passed, f"PATHS in {NGINX}")
    served = {route for path in project.paths(WEB_CODE) for route in project.module(path).matches(*ROUTE)}
    yield from _differ("path", described, sorted(served), "channels/web/")


def platforms(project: Project) -> Iterator[str]:
    """Each messaging platform must be in the settings, the proxy and the documents."""
    known = list(project.constant(PLATFORMS_IN, "PLATFORMS"))
    modules = _platform_modules(project)
    named = {CREDENTIALS: list(_credentials(project)), "channels/platforms/": list(modules)}
    for path, pattern in (
        (CHANNELS_DOC, r"/webhooks/<([\w|]+)>/webhook"),
        ("clinic.yml", r"asked: ([\w, ]+);"),
    ):
        found = re.search(pattern, project.text(path))
        named[path] = re.split(r"[|,]\s*", found.group(1)) if found else []
    for path, names in named.items():
        for name in known:
            if name not in names:
                yield f"{path} does not have the platform {name} of PLATFORMS in {PLATFORMS_IN}: add it."
        for name in names:
            if name not in known:
                yield f"{path} has the platform {name}, which PLATFORMS in {PLATFORMS_IN} does not have: correct the name."
    for path in (CHANNELS_DOC, "README.md", "docs/architecture.md"):
        for name in known:
            if name not in project.text(path).lower():
                yield f"{path} does not mention the platform {name}: add it."
    yield from _forwarded_headers(project, modules.values())


def _forwarded_headers(project: Project, paths: Iterable[str]) -> Iterator[str]:
    forwarded = project.constant(NGINX, "FORWARDED_HEADERS")
    for path in paths:
        for header in sorted(project.module(path).matches(*SIGNATURE) - set(forwarded)):
            yield f"{path} reads the header {header}, but FORWARDED_HEADERS in {NGINX} leaves it out: add it."


def _platform_modules(project: Project) -> dict[str, str]:
    """Returns the module of each platform, by its name."""
    found = {}
    for path in project.paths("channels/platforms/*.py"):
        for name in project.module(path).matches(*PLATFORM_NAME):
            found[name] = path
    return found


def _credentials(project: Project) -> dict[str, dict[str, str]]:
    """Returns the settings of each platform, by its name."""
    entries = {}
    for channel, settings in project.data(CREDENTIALS).items():
        _, package, *module, _ = channel.split(".")
        if package == "platforms":
            entries[".".join(module)] = settings
    return entries


def settings(project: Project) -> Iterator[str]:
    """Each platform's settings must be the ones that its class needs."""
    for name, path in _platform_modules(project).items():
        given = {setting for setting in _credentials(project).get(name, {}) if setting != "secret"}
        constants = project.constants(path)
        secrets = {part for key, value in constants.items() if key.endswith(".SECRETS") for part in value}
        optional = {part for key, value in constants.items() if key.endswith(".OPTIONAL") for part in value}
        for setting in sorted(secrets - given):
            yield f"{CREDENTIALS} does not give {name} its {setting}, which {path} asks for: add it."
        for setting in sorted(given - secrets - optional):
            yield f"{CREDENTIALS} gives {name} a {setting}, which {path} does not know: correct the name."


def variables(project: Project) -> Iterator[str]:
    """The containers must get every variable that credentials.yml needs, and none that nothing reads."""
    needed = set(VARIABLE.findall(project.text(CREDENTIALS)))
    read = needed | set(VARIABLE.findall(project.text(ENDPOINTS)))
    read |= set(project.constant(*DEFAULTS))
    for path in {*project.modules, *project.paths("commands/*.py")}:
        read |= project.module(path).matches(*READ_IN_CODE)
    in_compose = project.data(COMPOSE)["x-rasa"]["environment"]
    for name in sorted(needed - set(in_compose)):
        yield f"{CREDENTIALS} reads {name}, which x-rasa in {COMPOSE} does not pass to the container: add it there."
    described = project.text(CHANNELS_DOC)
    for name in sorted(needed):
        if not re.search(rf"\b{name}\b", described):
            yield f"{CREDENTIALS} reads {name}, but {CHANNELS_DOC} does not say how to set it: describe it there."
    in_kubernetes = re.findall(r"^ +- \{name: ([A-Z_]+),", project.text(KUBERNETES), re.M)
    for path, names in ((COMPOSE, in_compose), (KUBERNETES, in_kubernetes)):
        for name in names:
            if name not in read and not READ_ELSEWHERE.fullmatch(name):
                yield f"{path} sets {name}, which nothing reads: correct the name, or take it out."


def configured(project: Project) -> Iterator[str]:
    """The classes and variables in Rasa's configuration must exist, or the server does not start."""
    for path in ("config.yml", ENDPOINTS, CREDENTIALS):
        for module, name in CLASS.findall(project.text(path)):
            source = f"{module.replace('.', '/')}.py"
            if not project.has(source) or not re.search(rf"^class {name}\b", project.text(source), re.M):
                yield f"{path} names {module}.{name}, which does not exist: correct the name."
    for name in sorted(set(VARIABLE.findall(str(project.data(ENDPOINTS)))) - set(project.constant(*DEFAULTS))):
        yield f"{ENDPOINTS} reads {name}, which DEFAULTS in {DEFAULTS[0]} does not have: correct the name."


def documented(project: Project) -> Iterator[str]:
    """Something must read each environment variable that the documents tell people to set."""
    programs = [*project.modules, *project.paths("commands/*.py"), *project.paths("benchmarks/*.py")]
    known = {
        name
        for path in ("Makefile", ENDPOINTS, COMPOSE, CREDENTIALS, *programs)
        for name in VARIABLE_NAME.findall(project.text(path))
    }
    for path in ("README.md", *project.paths("docs/*.md")):
        for name in sorted(set(SET_IN_DOCUMENT.findall(project.text(path)))):
            if name not in known and not READ_ELSEWHERE.fullmatch(name):
                yield f"{path} says how to set {name}, which nothing reads: correct the name, or take it out."
