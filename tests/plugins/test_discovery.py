"""What counts as installed: one copy of each, and nothing from the working directory."""

import os
import sys
import zipfile

import pytest

from plugtorch.errors import BrokenPluginError, PluginWarning

NAMES = "import json, plugtorch.registry as r; print(json.dumps(r.names('loss')))"
STATES = """
    import json, warnings, plugtorch.registry as r
    warnings.simplefilter("error")
    print(json.dumps({p.distribution: [p.state, p.blocked] for p in r.plugins()}))
"""


def test_where_it_comes_from(site, registry):
    site.install_good()
    plugin = next(p for p in registry.plugins() if p.distribution == "plugtorch-good")
    assert (plugin.name, plugin.version, plugin.module) == ("good", "1.0", "good_hooks")
    assert plugin.location == str(site.folder)
    assert not plugin.builtin
    own = next(p for p in registry.plugins() if p.name == "plugtorch_numpy")
    assert own.builtin


@pytest.mark.parametrize("name", ["Plugtorch.Good", "plugtorch__good", "PLUGTORCH-good"])
def test_distribution_names_are_normalised(site, registry, name):
    site.offer(name, record="name='focal'")
    assert registry.entry("loss", "focal").qualified == "plugtorch-good:focal"


def test_the_first_copy_on_the_path_counts(new_site, site, registry, monkeypatch):
    other = new_site("other")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other.folder)])
    site.offer("plugtorch-a", record="name='kept'", version="1.0")
    other.install("Plugtorch_A", {"lost": "no_such_module"}, version="2.0")
    site.install("plugtorch-b", "[console_scripts]\n", version="3.0")  # the first one has no plugin
    other.install("plugtorch-b", {"lost": "no_such_module"}, version="2.0")
    assert [(p.distribution, p.version) for p in registry.plugins() if not p.builtin] == [
        ("plugtorch-a", "1.0")
    ]


def test_left_over_metadata_in_one_folder(site, registry):
    """An interrupted upgrade leaves two versions: one of them counts."""
    site.install("plugtorch-a", {"a": "hooks_of_plugtorch_a"}, version="1.0")
    site.offer(
        "plugtorch-a",
        record="name='focal'",
        version="2.0",
        entry_points={"a": "hooks_of_plugtorch_a"},
    )
    assert registry.get("loss", "focal") is dict
    assert len([p for p in registry.plugins() if p.distribution == "plugtorch-a"]) == 1


@pytest.mark.parametrize("entry", ["", ".", None])
def test_nothing_is_loaded_from_the_working_directory(python, site, new_site, entry):
    here = new_site("here")
    here.offer("plugtorch-evil", record="name='evil'")
    site.install_good()
    path = [] if entry is None else [entry or here.folder]  # python -c puts '' first by itself
    states = python(STATES, cwd=here.folder, path=path)
    assert states["plugtorch-evil"] == [
        "blocked",
        "it lies in the working directory; `pip install` it",
    ]
    assert states["plugtorch-good"] == ["ok", ""]
    assert "evil" not in python(NAMES, cwd=here.folder, path=path)
    # the same folder, put on PYTHONPATH by someone who stands elsewhere, is one they chose
    assert "evil" in python(NAMES, path=[here.folder])


def test_an_installed_copy_counts_where_the_working_directory_has_one_too(python, site, new_site):
    here = new_site("here")
    here.install("plugtorch-good", {"evil": "evil_hooks"}, version="9", evil_hooks="1 / 0")
    site.install_good()
    assert "good" in python(NAMES, cwd=here.folder)


def test_standing_in_a_site_folder(python, site):
    """Where plugtorch itself lies, packages are installed: `pip install --target` is one way."""
    code = """
        import json, sys, sysconfig, os
        os.chdir(sysconfig.get_path("purelib"))
        from plugtorch.host import discovery
        print(json.dumps(discovery._untrusted() is None))
    """
    assert python(code) is True


def test_a_working_directory_that_was_deleted(python, site):
    site.install_good()
    code = "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)\n"
    assert "good" in python(code + NAMES)


def test_an_editable_install(python, site, tmp_path):
    """Metadata in the site folder, modules elsewhere by a path: also from the checkout itself."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    site.install_good()
    for module in ("good_hooks.py", "good_target.py"):
        (site.folder / module).rename(checkout / module)
    assert "good" in python(NAMES, path=[checkout])
    assert "good" in python(NAMES, path=[checkout], cwd=checkout)


def test_inside_a_zip_archive(site, registry, monkeypatch, rest_works):
    site.install_good()
    archive = site.folder.parent / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for file in sorted(site.folder.rglob("*")):
            if file.is_file():
                bundle.write(file, file.relative_to(site.folder))
    monkeypatch.setattr(sys, "path", [*sys.path[:-1], str(archive)])
    rest_works(registry)


def test_a_path_with_nothing_behind_it(registry, monkeypatch, rest_works, site, tmp_path):
    site.install_good()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, "/no/such/folder", str(tmp_path / "file")])
    rest_works(registry)


def test_refresh_finds_what_was_installed_meanwhile(site, registry, rest_works):
    before = site.folder.stat()
    assert "good" not in registry.names("loss")
    site.install_good()
    # Python remembers a folder by its time, which may be too coarse to tell
    os.utime(site.folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "good" not in registry.names("loss")
    registry.refresh()
    rest_works(registry)


def test_refresh_tries_what_was_broken_again(site, registry):
    site.install("plugtorch-bad", {"bad": "bad_hooks"})
    with pytest.warns(PluginWarning):
        registry.plugins()
    with pytest.raises(BrokenPluginError):
        registry.get("loss", "bad")
    site.install(
        "plugtorch-unrelated",
        {},
        bad_hooks="""
        from plugtorch.hookspecs import LossSpec, hookimpl
        @hookimpl
        def plugtorch_losses():
            return [LossSpec(name="bad", target="builtins:dict")]
    """,
    )
    registry.refresh()
    assert registry.get("loss", "bad") is dict
