"""Every response as it is written in `data/responses/`, by name."""

from __future__ import annotations

import yaml

from components.dialogue.texts import Variant
from runtime.paths import RESPONSES

ALL_RESPONSES: dict[str, list[Variant]] = {
    name: variants
    for path in sorted(RESPONSES.glob("*.yml"))
    for name, variants in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"].items()
}
