"""PLUGTORCH_PLUGINS and PLUGTORCH_DISABLE_PLUGINS act before anything is imported."""

import pytest

from plugtorch.errors import PluginWarning, UnknownNameError

LOUD = "raise RuntimeError('imported')"


@pytest.fixture
def two(site):
    """A good plugin, and one that must not be imported."""
    site.install_good()
    return site.install("plugtorch-loud", {"loud_one": "loud_hooks"}, loud_hooks=LOUD)


def states(registry):
    return {f"{p.distribution}:{p.name}": p.state for p in registry.plugins()}


@pytest.mark.parametrize(
    "word", ["plugtorch-loud", "Plugtorch_LOUD", "loud_one", "loud-one", "x.y, loud_one ,x.y"]
)
def test_disable(two, registry, rest_works, monkeypatch, word):
    two.offer("x-y", record="name='xy'")
    monkeypatch.setenv("PLUGTORCH_DISABLE_PLUGINS", word)
    assert states(registry)["plugtorch-loud:loud_one"] == "blocked"
    rest_works(registry)
    blocked = "blocked: .*plugtorch-loud:loud_one .by PLUGTORCH_DISABLE_PLUGINS"
    with pytest.raises(UnknownNameError, match=blocked):
        registry.get("loss", "loudness")


@pytest.mark.parametrize(
    "word", ["plugtorch-good plugtorch", "good,plugtorch", " GOOD , plugtorch,"]
)
def test_allow(two, registry, rest_works, monkeypatch, word):
    monkeypatch.setenv("PLUGTORCH_PLUGINS", word)
    found = states(registry)
    ours = {found.pop(name) for name in list(found) if name.startswith("plugtorch:")}
    assert ours == {"ok"}
    assert found == {"plugtorch-good:good": "ok", "plugtorch-loud:loud_one": "blocked"}
    rest_works(registry)


@pytest.mark.parametrize("text", ["", " ", ","])
def test_an_empty_list_allows_nothing_but_the_cpu(two, registry, monkeypatch, text):
    monkeypatch.setenv("PLUGTORCH_PLUGINS", text)
    assert {name for name, state in states(registry).items() if state == "ok"} == {
        "plugtorch:plugtorch_numpy"
    }
    assert registry.names("loss") == []
    assert registry.entry("backend", "cpu").state == "ok"
    with pytest.raises(UnknownNameError, match=r"plugtorch:plugtorch_losses .by PLUGTORCH_PLUGINS"):
        registry.get("loss", "mse")


def test_the_built_in_losses_and_optimizers_can_be_blocked(registry, monkeypatch):
    monkeypatch.setenv("PLUGTORCH_DISABLE_PLUGINS", "plugtorch")
    assert registry.names("loss") == registry.names("optimizer") == []
    assert "cpu" in registry.names("backend")


def test_the_cpu_cannot_be_blocked(registry, monkeypatch):
    monkeypatch.setenv("PLUGTORCH_DISABLE_PLUGINS", "plugtorch_numpy")
    with pytest.warns(PluginWarning, match=r"lists the CPU, which is always there"):
        registry.plugins()
    assert registry.entry("backend", "cpu").state == "ok"


def test_disabling_wins(two, registry, monkeypatch):
    monkeypatch.setenv("PLUGTORCH_PLUGINS", "plugtorch, plugtorch-good, plugtorch-loud")
    monkeypatch.setenv("PLUGTORCH_DISABLE_PLUGINS", "plugtorch-loud")
    assert states(registry)["plugtorch-loud:loud_one"] == "blocked"
    assert "good" in registry.names("loss")


@pytest.mark.parametrize("variable", ["PLUGTORCH_PLUGINS", "PLUGTORCH_DISABLE_PLUGINS"])
def test_unknown_names_warn(site, registry, monkeypatch, variable):
    site.install_good()
    monkeypatch.setenv(variable, "plugtorch-god, good")
    with pytest.warns(
        PluginWarning, match=rf"{variable} lists 'plugtorch-god', which no installed"
    ):
        registry.plugins()


def test_known_names_do_not_warn(two, registry, rest_works, monkeypatch):
    monkeypatch.setenv("PLUGTORCH_PLUGINS", "plugtorch, good")
    monkeypatch.setenv("PLUGTORCH_DISABLE_PLUGINS", "loud_one")
    rest_works(registry)  # warnings are errors
