"""The JSON Schemas of all published events. Run it to release: `python -m tests.contracts.schemas`."""

import json
from pathlib import Path
from typing import Any

from tests.harness import TYPES

RELEASED = Path(__file__).with_name("released_schemas.json")


def present() -> dict[str, Any]:
    """Each event type's schema by `topic:type`, as the code has it now."""
    return {f"{topic}:{name}": type_.model_json_schema() for (topic, name), type_ in sorted(TYPES.items())}


def released() -> dict[str, Any]:
    """As they were last released."""
    schemas: dict[str, Any] = json.loads(RELEASED.read_text("utf-8"))
    return schemas


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader of `old` could not cope with in `new`, or a reader of `new` in a log written under `old`."""
    found = []
    for name, before in old["properties"].items():
        after = new["properties"].get(name)
        if after is None:
            found.append(f"field {name} is gone")
        elif _shape(before) != _shape(after):
            found.append(f"field {name} changed its shape")
    found += [f"field {name} became required" for name in set(new["required"]) - set(old["required"])]
    for name, code_list in old.get("$defs", {}).items():
        gone = set(code_list["enum"]) - set(new.get("$defs", {}).get(name, {"enum": []})["enum"])
        found += [f"code {code} of {name} is gone" for code in sorted(gone)]
    return found


def _shape(field: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in field.items() if k not in {"title", "description"}}


if __name__ == "__main__":
    RELEASED.write_text(json.dumps(present(), indent=1, ensure_ascii=False) + "\n", "utf-8")
