"""The shape of the code, as far as a program can see it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from shared.packages import known, package_of

ROOT = Path(__file__).parents[2]
PACKAGES = [package_of(service) for service in known()]


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_no_service_imports_another_and_shared_imports_none() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_handler_is_short_and_has_no_try_no_log_and_no_sql(package: str) -> None:
    folder = package.replace(".", "/")
    for path in [ROOT / folder / "handlers.py", *sources(f"{folder}/handlers")]:
        if not path.exists():
            continue
        for function in (
            n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.AsyncFunctionDef)
        ):
            body = ast.dump(ast.Module(function.body, []))
            length = (function.end_lineno or 0) - function.lineno
            assert "Try(" not in body, f"{path.name}:{function.name} tries"
            assert "'log'" not in body, f"{path.name}:{function.name} logs"
            assert length <= 25, f"{path.name}:{function.name} is {length} lines long"


@pytest.mark.parametrize(
    "path", [p for f in ("shared", "services", "examples", "tools") for p in sources(f)], ids=lambda p: p.name
)
def test_each_module_begins_with_a_sentence_and_is_small_enough_to_read(path: Path) -> None:
    text = path.read_text("utf-8")
    if not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), f"{path} does not say why it exists"
    assert text.count("\n") <= 300, f"{path} has grown too long"


def test_no_module_opens_anything_when_it_is_imported() -> None:
    code = "\n".join(f"import {package}.app" for package in PACKAGES)
    trap = "import socket\nsocket.socket.connect = lambda *a: (_ for _ in ()).throw(AssertionError('connected'))\n"
    done = subprocess.run([sys.executable, "-c", trap + code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
