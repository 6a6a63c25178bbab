"""What is left out on PoCL, which takes three times as long as others to compile a kernel.

Those are checks that ask for little of a driver, but for what the backend does before it launches
anything, the same for all: what is refused, whether operands stay as they are, views, memory
given back; and infinities and derivatives, which are made of the same kernels as values, and which
random graphs have too (tests/opencl/test_fusion.py). ``check_backend("opencl:pocl")`` makes all.
"""

from plugtorch import registry

OF_ANY_DRIVER = (
    "purity-",
    "released-",
    "views-",
    "aliasing-",
    "refusals-",
    "extremes-",
    "gradient-",
)


def _slow():
    """The devices of PoCL, where another of OpenCL is tested in full."""
    entry = next((e for e in registry.entries("backend") if e.name == "opencl"), None)
    if entry is None or entry.state == "broken":
        return []
    usable = [info for info in entry.load().devices() if not info.problem]
    slow = [f"opencl:{n}" for n, info in enumerate(usable) if info.driver.startswith("PoCL")]
    return slow if len(slow) < len(usable) else []


def pytest_collection_modifyitems(config, items):
    slow = tuple(f"[backend-{name}-{kind}" for name in _slow() for kind in OF_ANY_DRIVER)
    left_out = [item for item in items if any(words in item.nodeid for words in slow)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
