"""Which thing a name means: case, aliases, collisions, and names that nobody can take."""

import re
import warnings

import pytest

from plugtorch.errors import (
    AmbiguousNameError,
    ArgumentError,
    BrokenPluginError,
    PluginWarning,
    UnknownNameError,
)
from plugtorch.hookspecs import LossSpec

LIST = "target='builtins:list'"
TUPLE = "target='builtins:tuple'"


def test_case_and_aliases(site, registry, rest_works):
    site.install_good().offer("plugtorch-a", record=f"name='focal', aliases=('f1', 'f2'), {LIST}")
    for name in ("focal", "FOCAL", "Focal", "f1", "F2", "plugtorch-a:focal", "Plugtorch_A:F1"):
        assert registry.lookup("loss", name) == ("focal", list)
    assert "f1" not in registry.names("loss")
    rest_works(registry)


@pytest.mark.parametrize("name", [" focal", "focal ", "foc", "focal:", ":focal", "a:b:c", ""])
def test_names_are_exact(site, registry, name):
    site.offer("plugtorch-a", record=f"name='focal', {LIST}")
    with pytest.raises(UnknownNameError):
        registry.get("loss", name)


def test_one_name_of_two_plugins(site, registry, rest_works):
    site.install_good()
    site.offer("plugtorch-a", record=f"name='focal', {LIST}", version="1.5")
    site.offer("plugtorch-b", record=f"name='focal', {TUPLE}", version="2.5")
    for _ in range(2):
        with pytest.raises(AmbiguousNameError) as caught:
            registry.get("loss", "Focal")
    message = str(caught.value)
    assert "plugtorch-a 1.5, plugtorch-b 2.5" in message
    assert "Write 'plugtorch-a:focal' or 'plugtorch-b:focal'" in message
    assert registry.get("loss", "plugtorch-a:focal") is list
    assert registry.lookup("loss", "plugtorch-b:focal") == ("plugtorch-b:focal", tuple)
    assert {"plugtorch-a:focal", "plugtorch-b:focal"} <= set(registry.names("loss"))
    assert "focal" not in registry.names("loss")
    first = registry.entry("loss", "plugtorch-a:focal")
    assert first.state == "ambiguous"
    assert first.note == "the loss 'focal' is also of plugtorch-b 2.5: write plugtorch-a:focal"
    assert first.plugin.state == "ok"
    rest_works(registry)


def test_one_name_for_two_kinds_is_no_collision(site, registry):
    site.offer("plugtorch-a", record=f"name='focal', {LIST}")
    site.offer("plugtorch-b", kind="optimizer", record=f"name='focal', {TUPLE}")
    assert registry.get("loss", "focal") is list
    assert registry.get("optimizer", "focal") is tuple


def test_an_alias_that_is_another_ones_name(site, registry):
    site.offer("plugtorch-a", record=f"name='focal', {LIST}")
    site.offer("plugtorch-b", record=f"name='other', aliases=('focal',), {TUPLE}")
    with pytest.raises(AmbiguousNameError):
        registry.get("loss", "focal")
    assert registry.get("loss", "plugtorch-a:focal") is list
    assert registry.get("loss", "plugtorch-b:focal") is tuple
    assert registry.lookup("loss", "other") == ("other", tuple)
    assert registry.entry("loss", "other").state == "ok"
    assert (
        "also of plugtorch-a 1.0: write plugtorch-b:focal" in registry.entry("loss", "other").note
    )


def test_two_aliases_collide(site, registry):
    site.offer("plugtorch-a", record=f"name='one', aliases=('short',), {LIST}")
    site.offer("plugtorch-b", record=f"name='two', aliases=('short',), {TUPLE}")
    with pytest.raises(AmbiguousNameError, match=r"'plugtorch-a:one' or 'plugtorch-b:two'"):
        registry.get("loss", "short")
    assert registry.get("loss", "one") is list
    assert registry.get("loss", "two") is tuple


@pytest.mark.parametrize("name", ["cpu", "numpy"])  # its name, its alias
def test_built_in_names_cannot_be_taken(site, registry, rest_works, name):
    site.install_good().offer("plugtorch-evil", kind="backend", record=f"name={name!r}")
    before = registry.entry("backend", name)
    with pytest.warns(
        PluginWarning, match=f"the backend {name!r} is built in: write plugtorch-evil"
    ):
        registry.plugins()
    assert registry.entry("backend", name) is before
    assert before.plugin.distribution == "plugtorch"
    evil = registry.entry("backend", f"plugtorch-evil:{name}")
    assert (evil.state, evil.name) == ("shadowed", f"plugtorch-evil:{name}")
    assert evil.plugin.distribution == "plugtorch-evil"
    assert f"plugtorch-evil:{name}" in registry.names("backend")
    rest_works(registry)


def test_a_built_in_name_as_an_alias(site, registry, rest_works):
    site.install_good()
    site.offer("plugtorch-evil", kind="backend", record="name='abacus', aliases=('cpu',)")
    assert registry.entry("backend", "abacus").note == (
        "the backend 'cpu' is built in: write plugtorch-evil:cpu"
    )
    assert registry.entry("backend", "plugtorch-evil:cpu").name == "abacus"
    rest_works(registry)


def test_a_refused_record_takes_no_name(site, registry):
    site.offer("plugtorch-a", record=f"name='focal', {LIST}, protocol=(99, 0)")
    site.offer("plugtorch-b", record=f"name='focal', {TUPLE}")
    with pytest.warns(PluginWarning, match="protocol 99"):
        registry.plugins()
    assert registry.lookup("loss", "focal") == ("focal", tuple)


def test_a_failed_target_keeps_its_name(site, registry):
    site.offer("plugtorch-a", record="name='focal', target='missing_module:X'")
    site.offer("plugtorch-b", record=f"name='focal', {TUPLE}")
    with pytest.raises(BrokenPluginError, match="missing_module"):
        registry.get("loss", "plugtorch-a:focal")
    registry.register(LossSpec(name="unrelated", target="a:b"))  # sorts the names again
    with pytest.raises(AmbiguousNameError):  # what a name means does not depend on what was tried
        registry.get("loss", "focal")


def test_one_distribution_offers_a_name_twice(site, registry, rest_works):
    site.install_good()
    record = f"name='focal', aliases=('f',), {LIST}); yield LossSpec(name='f', {TUPLE}"
    site.offer("plugtorch-a", record=record)
    with pytest.warns(PluginWarning, match="plugtorch-a offers the loss 'f' twice"):
        registry.plugins()
    assert registry.get("loss", "f") is list
    rest_works(registry)


def test_one_entry_point_name_in_two_distributions(site, registry):
    site.offer(
        "plugtorch-a", record=f"name='one', {LIST}", entry_points={"same": "hooks_of_plugtorch_a"}
    )
    site.offer(
        "plugtorch-b", record=f"name='two', {TUPLE}", entry_points={"same": "hooks_of_plugtorch_b"}
    )
    assert registry.get("loss", "one") is list
    assert registry.get("loss", "two") is tuple
    assert [p.name for p in registry.plugins() if not p.builtin] == ["same", "same"]


def test_an_alias_that_repeats_the_name_is_harmless(site, registry):
    site.offer("plugtorch-a", record=f"name='focal', aliases=('focal', 'f', 'f'), {LIST}")
    assert registry.lookup("loss", "f") == ("focal", list)


def test_unknown_names_suggest_near_ones(site, registry):
    site.offer("plugtorch-a", record=f"name='focal_tversky', {LIST}")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'focal_tversky'\?.*lists everything"):
        registry.get("loss", "focal-tverski")
    with pytest.raises(UnknownNameError, match=r"There is a loss of that name"):
        registry.get("optimizer", "focal_tversky")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'plugtorch-a:focal_tversky'\?"):
        registry.get("loss", "plugtorch-a:focal")
    with pytest.raises(UnknownNameError, match=r"There are cpu, numpy"):
        registry.get("backend", "zzz")
    assert issubclass(UnknownNameError, ValueError)
    assert issubclass(UnknownNameError, LookupError)


def test_bad_arguments(registry):
    with pytest.raises(ArgumentError, match=r"no kind 'lose'. There are backend, loss, optimizer"):
        registry.get("lose", "mse")
    with pytest.raises(ArgumentError, match=r"no kind"):
        registry.names("losses")
    for name in (None, 3, ["mse"], {}):
        with pytest.raises(ArgumentError, match=f"needs a name, got {re.escape(repr(name))}"):
            registry.get("loss", name)


def test_without_metadata_of_its_own(registry, monkeypatch):
    """plugtorch in a folder that was never installed: what is wrong is said."""
    import sys

    monkeypatch.setattr(sys, "path", [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnknownNameError, match=r"not installed. Run `pip install -e .` there"):
            registry.get("backend", "cpu")
