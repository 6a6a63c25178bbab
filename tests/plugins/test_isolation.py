"""A plugin that fails is named, with its cause, and harms nobody else."""

import os
import re
import warnings

import pytest

from plugtorch.errors import BrokenPluginError, PluginError, PluginWarning, UnknownNameError

MIDWAY = """
    from plugtorch.hookspecs import LossSpec, hookimpl

    @hookimpl
    def plugtorch_losses():
        yield LossSpec(name="first", target="builtins:list")
        {failure}
        yield LossSpec(name="second", target="builtins:list")
"""
ALONE = """
    import plugtorch.hookspecs
    from plugtorch.hookspecs import LossSpec, OptimizerSpec, hookimpl

    {body}
"""


def bad_plugin(registry):
    return next(p for p in registry.plugins() if p.distribution == "plugtorch-bad")


def complaints(registry):
    """What listing warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        registry.plugins()
    assert all(warning.category is PluginWarning for warning in caught)
    return "\n".join(str(warning.message) for warning in caught)


def install(site, source, points=None):
    site.install_good()
    site.install("plugtorch-bad", points or {"bad": "bad_hooks"}, bad_hooks=source)


@pytest.mark.parametrize(
    ("source", "cause", "said"),
    [
        ("import module_that_is_not_there", ModuleNotFoundError, "module_that_is_not_there"),
        ("raise SystemExit(3)", SystemExit, "SystemExit: 3"),
        ("import sys; sys.exit('no licence')", SystemExit, "no licence"),
        ("1 / 0", ZeroDivisionError, "division by zero"),
        ("def broken(:", SyntaxError, "SyntaxError"),
        ("raise GeneratorExit", GeneratorExit, "GeneratorExit"),
        ("raise type('Own', (BaseException,), {})('odd')", BaseException, "odd"),
        ("class E(Exception):\n  def __str__(s): 1 / 0\nraise E", Exception, "E"),
        ("raise StopIteration", StopIteration, "StopIteration"),
    ],
)
def test_import_fails(site, registry, rest_works, source, cause, said):
    install(site, source)
    assert re.search("plugtorch-bad 1.0, entry point 'bad', import", complaints(registry))
    rest_works(registry)
    plugin = bad_plugin(registry)
    assert (plugin.state, plugin.version, plugin.module) == ("broken", "1.0", "bad_hooks")
    (problem,) = plugin.problems
    assert problem.phase == "import"
    assert said in problem.text
    assert "bad_hooks.py" in problem.traceback
    # its names are unknown: the entry point's name and the distribution's are all there is to go by
    for name in ("bad", "plugtorch-bad:anything", "Plugtorch_Bad:anything"):
        with pytest.raises(
            BrokenPluginError, match=r"plugtorch-bad 1.0 is installed but"
        ) as caught:
            registry.get("loss", name)
        assert isinstance(caught.value.__cause__, cause)
        assert problem.remedy in str(caught.value)
    with pytest.raises(
        UnknownNameError, match=r"may belong to a plugin that is broken: plugtorch-b"
    ):
        registry.get("loss", "something_else")


def test_module_gone_but_metadata_left(site, registry, rest_works):
    site.install_good().install("plugtorch-bad", {"bad": "bad_hooks"})
    assert re.search("pip uninstall plugtorch-bad", complaints(registry))
    rest_works(registry)
    assert "files are gone" in bad_plugin(registry).problems[0].remedy
    with pytest.raises(BrokenPluginError, match=r"force-reinstall plugtorch-bad"):
        registry.get("optimizer", "bad")


def test_a_missing_dependency_is_named(site, registry):
    install(site, "import needed_but_missing.part")
    assert re.search("Install what provides the module 'needed_but_missing'", complaints(registry))


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        ("raise ValueError('midway')", ValueError),
        ("raise SystemExit('midway')", SystemExit),
        ("import missing_module", ModuleNotFoundError),
    ],
)
def test_hook_fails_midway(site, registry, rest_works, failure, cause):
    install(site, MIDWAY.format(failure=failure))
    assert re.search("hook: calling plugtorch_losses", complaints(registry))
    rest_works(registry)
    plugin = bad_plugin(registry)
    assert plugin.state == "partial"
    assert registry.get("loss", "first") is list  # what came before the failure stays
    with pytest.raises(UnknownNameError, match=r"plugtorch-bad"):
        registry.get("loss", "second")
    with pytest.raises(BrokenPluginError) as caught:
        registry.get("loss", "plugtorch-bad:second")
    assert isinstance(caught.value.__cause__, cause)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "@hookimpl\n    def plugtorch_loses(): pass",
            "no hook 'plugtorch_loses'.*'plugtorch_losses'?",
        ),
        ("@hookimpl\n    def something(): pass", "no hook 'something'"),
        ("def plugtorch_losses(): pass", r"plugtorch_losses\(\) is not marked"),
        ("", "implements no hook"),
        ("@hookimpl\n    def plugtorch_losses(config): pass", "raised .*PluginValidationError"),
        ("@hookimpl\n    def plugtorch_losses(): return 7", "TypeError: 'int' object is not iter"),
        ("@hookimpl(wrapper=True)\n    def plugtorch_losses(): return (yield)", "hook wrapper"),
        ("@hookimpl(hookwrapper=True)\n    def plugtorch_losses(): yield", "hook wrapper"),
        ("@hookimpl\n    async def plugtorch_losses(): yield 1", "async_generator"),
    ],
)
def test_hooks_that_are_none(site, registry, rest_works, body, said):
    install(site, ALONE.format(body=body))
    assert re.search(said, complaints(registry))
    rest_works(registry)
    assert bad_plugin(registry).state == "broken"
    assert bad_plugin(registry).problems[0].phase == "hook"


def test_optional_hooks_of_other_versions_are_no_problem(site, registry):
    body = "@hookimpl(optionalhook=True)\n    def plugtorch_monitors(): pass"
    install(site, ALONE.format(body=body))
    assert bad_plugin(registry).state == "ok"


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ("'text'", "yielded str 'text', not a LossSpec"),
        ("dict(name='x', target='a:b')", "yielded dict"),
        ("OptimizerSpec(name='x', target='a:b')", "OptimizerSpec.*not a LossSpec"),
        ("LossSpec(name='Upper', target='a:b')", "'Upper', not a lower-case identifier"),
        ("LossSpec(name='with:colon', target='a:b')", "not a lower-case identifier"),
        ("LossSpec(name='', target='a:b')", "not a lower-case identifier"),
        ("LossSpec(name=3, target='a:b')", "not a lower-case identifier"),
        ("LossSpec(name='x\\n', target='a:b')", "not a lower-case identifier"),
        ("LossSpec(name='x', target='no_colon')", "not 'package.module:Class'"),
        ("LossSpec(name='x', target='a b:c')", "not 'package.module:Class'"),
        ("LossSpec(name='x', target='a:b:c')", "not 'package.module:Class'"),
        ("LossSpec(name='x', target=dict)", "not 'package.module:Class'"),
        ("LossSpec(name='x', target='a:b', aliases='word')", "not a tuple of names"),
        ("LossSpec(name='x', target='a:b', aliases=('A',))", "alias 'A', not a lower-case"),
        ("LossSpec(name='x', target='a:b', aliases=(1,))", "not a tuple of names"),
        ("LossSpec(name='x', target='a:b', protocol='1')", "not \\(major, minor\\)"),
        ("LossSpec(name='x', target='a:b', protocol=(True, 0))", "not \\(major, minor\\)"),
        ("LossSpec(name='x', target='a:b', summary=None)", "not text"),
        ("LossSpec(name='x', target='a:b', protocol=(99, 0))", "protocol 99.*Update plugtorch"),
        ("LossSpec(name='x', target='a:b', protocol=(0, 9))", "protocol 0.*Update the plugin"),
    ],
)
def test_records_that_are_refused(site, registry, rest_works, records, said):
    body = f"@hookimpl\n    def plugtorch_losses():\n        return [{records}, {{}}]"
    fine = "LossSpec(name='after', target='builtins:list')"
    install(site, ALONE.format(body=body.replace("{}", fine)))
    assert re.search(said, complaints(registry))
    rest_works(registry)
    plugin = bad_plugin(registry)
    assert plugin.state == "partial"
    assert [p.phase for p in plugin.problems] == ["record"]
    assert registry.get("loss", "after") is list


@pytest.mark.parametrize("protocol", [(99, 0), (0, 9)])
def test_asking_for_another_protocol_says_what_to_do(site, registry, rest_works, protocol):
    site.install_good().offer("plugtorch-bad", record=f"name='newer', protocol={protocol}")
    complaints(registry)
    rest_works(registry)
    for name in ("newer", "plugtorch-bad:newer"):
        with pytest.raises(BrokenPluginError, match=r"was written for protocol .* Update"):
            registry.get("loss", name)
    assert "newer" not in registry.names("loss")


@pytest.mark.parametrize("protocol", [(1, 0), (1, 99)])
def test_any_minor_version_is_taken(site, registry, protocol):
    site.offer("plugtorch-bad", record=f"name='other', protocol={protocol}")
    assert registry.get("loss", "other") is dict


@pytest.mark.parametrize(
    ("target", "source", "cause", "said"),
    [
        ("bad_target:Loss", "import missing_module", ModuleNotFoundError, "missing_module"),
        ("bad_target:Loss", "raise SystemExit", SystemExit, "SystemExit"),
        ("bad_target:Loss", "", AttributeError, "Loss"),
        ("bad_target:Loss", "Loss = 3", PluginError, "3 is not a class"),
        ("not_there:Loss", "", ModuleNotFoundError, "not_there"),
    ],
)
def test_target_fails_on_use(site, registry, rest_works, target, source, cause, said):
    site.install_good().offer("plugtorch-bad", record=f"name='late', target={target!r}")
    (site.folder / "bad_target.py").write_text(source)
    assert "late" in registry.names("loss")  # nothing is wrong yet
    for name in ("late", "late", "plugtorch-bad:late"):
        with pytest.raises(BrokenPluginError, match=said) as caught:
            registry.get("loss", name)
        assert isinstance(caught.value.__cause__, cause)
    rest_works(registry)
    assert bad_plugin(registry).problems[0].phase == "target"
    assert bad_plugin(registry).state == "broken"
    assert "late" not in registry.names("loss")


def test_a_backend_has_to_be_one(site, registry, rest_works):
    site.install_good().offer(
        "plugtorch-bad", kind="backend", record="name='abacus', target='builtins:dict'"
    )
    with pytest.raises(BrokenPluginError, match=r"not a subclass of plugtorch.backend.Backend"):
        registry.get("backend", "abacus")
    rest_works(registry)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plugtorch]\nbad\n", "reading the metadata"),
        ("[plugtorch]\nbad = not a module!\n", "importing"),
        ("[plugtorch]\nbad = bad_hooks\nbad = bad_hooks:other\n", "already registered"),
        ("[plugtorch]\nbad = bad_hooks:nothing\n", "names None"),
        ("[plugtorch]\nbad = bad_hooks:absent\n", "absent"),
    ],
)
def test_unreadable_entry_points(site, registry, rest_works, text, said):
    site.install_good()
    site.install("plugtorch-bad", text, bad_hooks="nothing = None\nclass other: pass")
    assert re.search(said, complaints(registry))
    rest_works(registry)


def test_the_hooks_own_specification_may_be_imported(site, registry):
    body = "from plugtorch.hookspecs import *\n    @hookimpl\n    def plugtorch_losses(): pass"
    install(site, ALONE.format(body=body))
    assert complaints(registry) == ""


def test_a_module_that_cannot_be_looked_into(site, registry, rest_works):
    source = "def __getattr__(name): raise RuntimeError(name)"
    install(site, source)
    assert "hook: registering 'bad_hooks' raised RuntimeError" in complaints(registry)
    rest_works(registry)


def test_a_bad_record_does_not_hide_what_is_unknown(site, registry):
    two = "name='one', target='a:b'); yield LossSpec(name='Two', target='a:b'"
    site.offer("plugtorch-bad", record=two)
    assert "'Two', not a lower-case identifier" in complaints(registry)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'plugtorch-bad:one'\?"):
        registry.get("loss", "plugtorch-bad:ones")


def test_metadata_without_a_name(site, registry, rest_works):
    site.install_good().install("plugtorch-bad", {"bad": "bad_hooks"}, metadata=False)
    site.install("plugtorch-worse", {"bad": "bad_hooks"}, metadata=False)
    said = complaints(registry)
    assert "plugtorch_bad-1.0.dist-info, metadata: " in said
    assert "plugtorch_worse-1.0.dist-info, metadata: " in said
    assert re.search("no Name.*Reinstall or remove it; it is in", said)
    rest_works(registry)


def test_metadata_of_strangers_is_not_read(site, registry, rest_works):
    site.install_good()
    site.install("stranger", "[console_scripts]\nthis is no entry point\n", metadata=False)
    rest_works(registry)


def test_undecodable_metadata(site, registry, rest_works):
    site.install_good().install("plugtorch-bad", {"bad": "bad_hooks"})
    (site.folder / "plugtorch_bad-1.0.dist-info" / "entry_points.txt").write_bytes(
        b"\xff[plugtorch]"
    )
    assert re.search("UnicodeDecodeError", complaints(registry))
    rest_works(registry)


def test_ctrl_c_passes_and_the_next_call_begins_anew(site, registry, rest_works):
    once = "import os\nif os.environ.setdefault('ONCE', 'no') == 'no':"
    install(site, once + " os.environ['ONCE'] = 'yes'; raise KeyboardInterrupt")
    try:
        with pytest.raises(KeyboardInterrupt):
            registry.plugins()
        assert "implements no hook" in complaints(registry)
        rest_works(registry)
    finally:
        del os.environ["ONCE"]


@pytest.mark.parametrize("call", ["names('loss')", "refresh()", "get('loss', 'good')"])
def test_a_hook_module_that_uses_the_registry(site, rest_works, call, monkeypatch):
    from plugtorch import registry as module

    install(site, f"from plugtorch import registry\nregistry.{call}")
    module.refresh()
    assert re.search("used the registry while plugins were being listed", complaints(module))
    rest_works(module)
    module.refresh()


def test_two_entry_points_of_one_module(site, registry, rest_works):
    site.install_good()
    site.install("plugtorch-later", {"again": "good_hooks", "ours": "plugtorch_numpy"})
    said = complaints(registry)
    assert "'good_hooks' is the plugin plugtorch-good:good already. Uninstall one" in said
    assert "'plugtorch_numpy' is the plugin plugtorch:plugtorch_numpy already" in said
    rest_works(registry)


def test_warnings_as_errors_leave_a_registry_that_works(site, registry, rest_works):
    install(site, "1 / 0")
    with pytest.raises(PluginWarning):
        registry.plugins()
    rest_works(registry)
