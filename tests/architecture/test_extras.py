"""plugtorch-extras is what anybody could publish: public names only, one thing a file."""

import ast
import importlib
import sys
import tomllib
from pathlib import Path

import pytest

import plugtorch

EXTRAS = Path(__file__).parents[2] / "plugins" / "plugtorch-extras"
CODE = sorted((EXTRAS / "plugtorch_extras").glob("*.py"))
LONGEST = {"optimizer": 120, "loss": 200}
"""Lines of a file with one of each."""


def imports(path: Path) -> list[tuple[str, list[str]]]:
    """Modules, and the names taken from each."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [(alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", [alias.name for alias in node.names]))
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(CODE) > 20


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_it_imports_public_names_only(path: Path) -> None:
    allowed = {"plugtorch", "plugtorch_extras", "numpy"} | set(sys.stdlib_module_names)
    for module, names in imports(path):
        top, _, rest = module.partition(".")
        assert top in allowed, f"{path.name} imports {module}"
        if top == "plugtorch":
            assert not rest or rest.split(".")[0] in dir(plugtorch), f"{module} is not public"
            source = importlib.import_module(module)
            private = [n for n in names if n.startswith("_") or not hasattr(source, n)]
            assert not private, f"{path.name} takes {private} from {module}"


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_a_file_is_as_short_as_its_kind_should_be(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    kind = "loss" if "Loss(" in text or path.name == "__init__.py" else "optimizer"
    assert len(text.splitlines()) <= LONGEST[kind]


def test_it_depends_on_plugtorch_and_numpy() -> None:
    settings = tomllib.loads((EXTRAS / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [d.split(">")[0] for d in settings["dependencies"]] == ["plugtorch", "numpy"]
    assert settings["entry-points"]["plugtorch"] == {"extras": "plugtorch_extras"}
    assert (EXTRAS / "README.md").exists()
    assert (EXTRAS / "LICENSE").read_text() == (EXTRAS.parents[1] / "LICENSE").read_text()
