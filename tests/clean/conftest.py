"""Wheels built from this tree, and clean environments that hold nothing but them.

The environment that runs these tests has no plugtorch in it; each clean one is a fresh venv, used
from an empty folder, without this tree, its development tools or PYTHONPATH in sight.
"""

from collections.abc import Iterator

import pytest
from environments import EXAMPLE, EXTRAS, ROOT, Environment, Wheels, build


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """plugtorch by way of its sdist and at once, the third-party plugin and plugtorch-extras."""
    through_sdist, at_once, example, extras = (
        tmp_path_factory.mktemp(name) for name in ("through_sdist", "at_once", "example", "extras")
    )
    build(ROOT, through_sdist)
    build(ROOT, at_once, "--wheel")
    build(EXAMPLE, example, "--wheel")
    build(EXTRAS, extras)
    return Wheels(
        plugtorch=next(through_sdist.glob("*.whl")),
        from_tree=next(at_once.glob("*.whl")),
        sdist=next(through_sdist.glob("*.tar.gz")),
        example=next(example.glob("*.whl")),
        extras=next(extras.glob("*.whl")),
    )


@pytest.fixture(scope="session")
def user(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Somebody who typed ``pip install plugtorch[train]``."""
    environment = Environment.create(tmp_path_factory.mktemp("user"))
    environment.install(f"plugtorch[train] @ {wheels.plugtorch.as_uri()}")
    return environment


@pytest.fixture
def user_with_plugin(user: Environment, wheels: Wheels) -> Iterator[Environment]:
    """The same, having added the third-party plugin for the length of a test."""
    user.install(wheels.example)
    yield user
    user.uninstall("plugtorch-example")


@pytest.fixture(scope="session")
def author(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The plugin's author: plugtorch without its extras, the plugin and pytest."""
    environment = Environment.create(tmp_path_factory.mktemp("author"))
    environment.install(
        f"plugtorch @ {wheels.plugtorch.as_uri()}",
        f"plugtorch-example[test] @ {wheels.example.as_uri()}",
    )
    return environment
