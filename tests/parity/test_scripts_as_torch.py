"""A script prints with plugtorch what it prints with PyTorch: the same losses, step by step."""

import json

import numpy
import pytest

from script_runs import FOLDER, NAMES, numbers, run, with_plugtorch

# all in one process: PyTorch takes long to import
EACH = """
import contextlib, io, json, runpy, sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
import torch
torch.set_num_threads(1)
printed = {}
for name in sys.argv[2:]:
    sys.argv[1:] = []
    with contextlib.redirect_stdout(io.StringIO()) as out:
        runpy.run_path(f"{sys.path[0]}/{name}.py", run_name="__main__")
    printed[name] = out.getvalue()
print(json.dumps(printed))
"""


@pytest.fixture(scope="module")
def with_pytorch():
    return json.loads(run("-c", EACH, str(FOLDER), *NAMES, timeout=300))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_prints_the_same(name, with_pytorch):
    ours, theirs = with_plugtorch(name, "cpu"), with_pytorch[name]
    assert len(ours.splitlines()) == len(theirs.splitlines())
    ours_found, theirs_found = numbers(ours), numbers(theirs)
    assert len(ours_found) == len(theirs_found) > 3
    assert numpy.allclose(ours_found, theirs_found, rtol=1e-3, atol=2e-4), f"{ours}\n{theirs}"
