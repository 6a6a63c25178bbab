"""The registry itself: registering by hand, threads, speed, and what it tells of what it found."""

import inspect
import json
import threading

import pytest

from plugtorch import registry as default
from plugtorch.errors import BrokenPluginError, PluginError, UnknownNameError
from plugtorch.hookspecs import BackendSpec, LossSpec, OptimizerSpec
from plugtorch.host.description import REQUIRED, options_of

FOCAL = LossSpec(name="focal", target="builtins:list", aliases=("f",))


def test_register_and_take_back(registry):
    with registry.register(FOCAL) as entry:
        assert registry.lookup("loss", "F") == ("focal", list)
        assert registry.get("loss", "session:focal") is list
        assert entry.state == "ok"
        assert "focal" in registry.names("loss")
        assert registry.plugins()[-1].distribution == "session"
    with pytest.raises(UnknownNameError):
        registry.get("loss", "focal")
    registry.unregister(entry)


def test_register_a_local_class(registry):
    class Local:
        pass

    registry.register(LossSpec(name="local", target="__main__:Local"), Local)
    assert registry.get("loss", "local") is Local


def test_registering_again_replaces(registry):
    first = registry.register(FOCAL)
    assert registry.get("loss", "focal") is list
    registry.register(LossSpec(name="focal", target="builtins:tuple"))
    assert registry.get("loss", "focal") is tuple
    with first:  # its end must not take the newer one away
        pass
    assert registry.get("loss", "focal") is tuple
    registry.refresh()
    assert registry.get("loss", "focal") is tuple


def test_what_failed_is_forgotten_with_its_entry(registry):
    with registry.register(LossSpec(name="torn", target="no_such_module:X")):
        with pytest.raises(BrokenPluginError):
            registry.get("loss", "torn")
        assert registry.plugins()[-1].state == "broken"
    assert registry.plugins()[-1].state == "ok"


def test_what_failed_is_tried_again_after_a_refresh(site, registry):
    registry.register(LossSpec(name="late", target="late_target:Late"))
    with pytest.raises(BrokenPluginError):
        registry.get("loss", "late")
    site.install("modules", {}, late_target="class Late: pass")
    registry.refresh()
    assert registry.get("loss", "late").__name__ == "Late"


def test_registering_one_name_for_two_things(registry):
    registry.register(FOCAL)
    with pytest.raises(PluginError, match=r"session offers the loss 'f' twice. Choose another"):
        registry.register(LossSpec(name="other", target="a:b", aliases=("f",)))
    assert registry.get("loss", "f") is list
    assert [entry.spec.name for entry in registry.plugins()[-1].entries] == ["focal"]


def test_registering_takes_no_built_in_name(registry):
    backend = registry.entry("backend", "cpu")
    with registry.register(BackendSpec(name="cpu", target="a:b")) as entry:
        assert entry.state == "shadowed"
        assert registry.entry("backend", "cpu") is backend
        assert registry.entry("backend", "session:cpu") is entry


@pytest.mark.parametrize(
    ("record", "target", "said"),
    [
        (LossSpec(name="Focal", target="a:b"), None, "not a lower-case identifier"),
        (LossSpec(name="focal", target="a"), None, "not 'package.module:Class'"),
        ("focal", None, "'focal' is no record"),
        (BackendSpec(name="abacus", target="a:b"), dict, "not a subclass of plugtorch.backend"),
        (LossSpec(name="focal", target="a:b"), 3, "3 is not a class"),
    ],
)
def test_registering_what_a_plugin_could_not(registry, record, target, said):
    with pytest.raises(PluginError, match=said):
        registry.register(record, target)


def test_one_discovery_for_many_threads(site, registry):
    source = """
        import time
        from plugtorch.hookspecs import LossSpec, hookimpl
        time.sleep(0.1)

        @hookimpl
        def plugtorch_losses():
            counted.append(1)
            yield LossSpec(name="slow", target="slow_target:Slow")

        counted = []
    """
    target = "import time\ntime.sleep(0.05)\nclass Slow: pass\n"
    site.install("plugtorch-slow", {"slow": "slow_hooks"}, slow_hooks=source, slow_target=target)
    start = threading.Barrier(8)
    found, failed = [], []

    def ask():
        start.wait()
        try:
            found.append(registry.get("loss", "slow"))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not failed
    assert len(found) == 8
    assert len(set(found)) == 1
    import slow_hooks

    assert slow_hooks.counted == [1]


def test_a_known_name_costs_a_dict_lookup(registry):
    registry.register(FOCAL)
    found = registry.lookup("loss", "focal")
    assert registry.lookup("loss", "focal") is found  # the very tuple that is kept


def test_plain_data(site, registry):
    site.install_good()
    plugin = next(p for p in registry.plugins() if p.name == "good")
    assert json.loads(json.dumps(plugin.as_dict())) == {
        "distribution": "plugtorch-good",
        "version": "1.0",
        "name": "good",
        "module": "good_hooks",
        "location": str(site.folder),
        "builtin": False,
        "state": "ok",
        "blocked": "",
        "problems": [],
        "entries": [
            {
                "kind": "loss",
                "name": "good",
                "aliases": ["fine"],
                "qualified": "plugtorch-good:good",
                "distribution": "plugtorch-good",
                "version": "1.0",
                "target": "good_target:Good",
                "summary": "",
                "reference": "",
                "protocol": [1, 0],
                "state": "ok",
                "note": "",
            }
        ],
    }


def test_describe_and_create(site, registry):
    site.install_good()
    about = registry.describe("loss", "fine")
    assert about["name"] == "good"
    assert about["summary"] == about["doc"] == "A loss that is fine."
    assert about["options"] == {"scale": 1.0}
    assert about["required"] == []
    assert about["distribution"] == "plugtorch-good"
    assert registry.create("loss", "fine", scale=3).scale == 3
    with pytest.raises(TypeError, match=r"no option 'skale'. Did you mean 'scale'\?"):
        registry.create("loss", "fine", skale=3)
    with pytest.raises(TypeError, match=r"no option 'zzz'. It has scale."):
        registry.create("loss", "good", zzz=3)


class Base:
    def __init__(self, weight=None, *, reduction="mean"): ...


class Hands(Base):
    def __init__(self, delta=1.0, **kwargs): ...


class Bound(Base):
    def __init__(self, delta=1.0): ...


class Open:
    def __init__(self, params, /, needed, *rest, **options): ...


class Rule(Open):
    defaults = {"lr": 0.1}


class Signed(Open):
    __signature__ = inspect.signature(lambda params, lr=0.1, *, maximize=False: None)


class AboveSigned(Signed):
    def __init__(self, extra=1, **options): ...


class Nothing:
    pass


@pytest.mark.parametrize(
    ("target", "options", "complete"),
    [
        (Base, {"weight": None, "reduction": "mean"}, True),
        (Hands, {"weight": None, "reduction": "mean", "delta": 1.0}, True),
        (Bound, {"delta": 1.0}, True),
        (Open, {"needed": REQUIRED}, False),
        (Rule, {"lr": 0.1, "needed": REQUIRED}, False),
        (Signed, {"lr": 0.1, "maximize": False}, True),
        (AboveSigned, {"lr": 0.1, "maximize": False, "extra": 1}, True),
        (Nothing, {}, False),
        (lambda a, b=2: None, {"a": REQUIRED, "b": 2}, True),
    ],
)
def test_options(target, options, complete):
    assert options_of(target) == (options, complete)


def test_the_module_is_one_registry(site):
    site.offer("plugtorch-a", kind="optimizer", record="name='focal'")
    default.refresh()
    try:
        assert default.get("optimizer", "focal") is dict
        assert default.create("optimizer", "focal", {"a": 1}) == {"a": 1}
        spec = OptimizerSpec(name="mine", target="builtins:dict")
        with default.register(spec):
            assert "mine" in default.names("optimizer")
    finally:
        default.refresh()
