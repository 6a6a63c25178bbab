"""Each phase imports only what it needs; seen from outside, in a Python of its own."""

WITNESS = """
    from plugtorch.hookspecs import LossSpec, hookimpl
    import hook_was_imported

    @hookimpl
    def plugtorch_losses():
        yield LossSpec(name="heavy", target="heavy_target:Heavy")
"""
WATCHED = ["hook_was_imported", "heavy_target", "matplotlib", "pyopencl"]
CODE = f"""
    import json, sys
    seen = []
    def look():
        seen.append([m for m in {WATCHED} if m in sys.modules])
    import plugtorch
    import plugtorch.registry as registry
    look()
    registry.entry("loss", "mse"), registry.entry("backend", "cpu")
    look()
    registry.names("loss"), registry.entries(), registry.plugins()
    [plugin.as_dict() for plugin in registry.plugins()]
    registry.entry("loss", "heavy")
    look()
    registry.get("loss", "heavy")
    look()
    print(json.dumps(seen))
"""


def install(site):
    site.install(
        "plugtorch-heavy",
        {"heavy": "heavy_hooks"},
        heavy_hooks=WITNESS,
        heavy_target="import matplotlib\nclass Heavy: pass",
        hook_was_imported="",
        matplotlib="",  # a stand-in, found first, so that the test is the same without the real one
        pyopencl="raise SystemExit('no driver')",
    )


def test_phases(site, python):
    install(site)
    assert python(CODE) == [
        [],  # import plugtorch
        [],  # built-in names need no other plugin
        ["hook_was_imported"],  # listing
        ["hook_was_imported", "heavy_target", "matplotlib"],  # use
    ]


def test_a_blocked_plugin_is_never_imported(site, python):
    install(site)
    code = CODE.replace('registry.entry("loss", "heavy")\n', "\n")
    code = code.replace('registry.get("loss", "heavy")\n', "\n")
    for switch in ({"PLUGTORCH_DISABLE_PLUGINS": "heavy"}, {"PLUGTORCH_PLUGINS": ""}):
        code = code.replace('registry.entry("loss", "mse"), ', "")
        assert python(code, **switch) == [[], [], [], []]


def test_built_in_names_do_not_wait_for_a_broken_plugin(site, python):
    site.install("plugtorch-bad", {"bad": "bad_hooks"}, bad_hooks="raise SystemExit(1)")
    code = """
        import json, sys, warnings
        warnings.simplefilter("error")
        import plugtorch.registry as registry
        print(json.dumps([registry.entry("backend", "numpy").name, "bad_hooks" in sys.modules]))
    """
    assert python(code) == ["cpu", False]
