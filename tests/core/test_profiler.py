"""``plugtorch.profiler`` on the CPU and on devices that know nothing of it."""

import json
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugtorch
from plugtorch import BackendSpec, debug, registry
from plugtorch.backend import Backend
from plugtorch.device import open_device
from plugtorch.errors import ArgumentError, StateError
from plugtorch.profiler import Record, profile
from plugtorch.profiler.table import rows
from plugtorch.record import Clock
from plugtorch_numpy.backend import NumpyBackend


def counts(p: profile, by: str = "kernel") -> dict[str, int]:
    return {row.key: row.count for row in p.key_averages(by)}


def test_it_counts_what_is_inside_and_nothing_else() -> None:
    x = plugtorch.ones(5)
    x.exp()
    with profile() as p:
        (x.exp() + x.exp()).sum()
    x.exp()
    assert counts(p) == {"exp": 2, "add": 1, "sum": 1}
    assert all(0 < row.shortest <= row.device_time <= row.longest for row in p.key_averages())
    assert sum(row.share for row in p.key_averages()) == pytest.approx(1)


def test_nothing_is_left_when_it_has_ended() -> None:
    backend = open_device("cpu")
    before = dict(vars(backend))
    with profile(), profile():
        assert backend.kernels is not NumpyBackend.kernels
        assert isinstance(backend.clock, Clock)
    assert vars(backend) == before
    assert backend.kernels is NumpyBackend.kernels
    assert backend.clock is None


def test_copies_have_their_size() -> None:
    with profile() as p:
        plugtorch.tensor([1.0, 2.0]).numpy()
    copies = {r.name: (r.kind, r.size) for r in p.events()}
    assert copies == {"upload": ("copy", 8), "download": ("copy", 8)}
    assert "8 bytes" in p.table()


def test_kernels_that_overwrite_and_pieces_of_an_optimizer_are_seen() -> None:
    w = plugtorch.zeros(70_000, requires_grad=True)
    optimizer = plugtorch.optim.Adam([w])
    for _ in range(3):  # what was noted before is seen too
        w.grad = plugtorch.ones(70_000)
        optimizer.step()
    with profile() as p:
        optimizer.step()
        x = plugtorch.ones(3)
        x += 1
    assert counts(p)["in_pieces"] == 1
    assert counts(p)["add"] == 1
    by = counts(p, "operation")
    assert by["sqrt"] == 1
    assert by["add"] == 2
    (sqrt,) = (row for row in p.key_averages("operation") if row.key == "sqrt")
    assert "multiply" in sqrt.operations
    with profile() as again:
        pass
    optimizer.step()
    assert not again.events()


def test_nested_and_left_in_any_order() -> None:
    x = plugtorch.ones(2)
    outer, inner = profile(), profile()
    outer.start()
    x.exp()
    inner.start()
    x.log()
    outer.stop()
    x.sqrt()
    inner.stop()
    assert counts(outer) == {"exp": 1, "log": 1}
    assert counts(inner) == {"log": 1, "sqrt": 1}
    assert open_device("cpu").clock is None


def test_one_can_be_used_again() -> None:
    p = profile()
    with p:
        plugtorch.ones(2).exp()
    with p:
        plugtorch.ones(2).log()
    assert "exp" not in counts(p)
    assert counts(p)["log"] == 1


def test_misuse_is_refused() -> None:
    p = profile()
    with pytest.raises(StateError, match="has not begun"):
        p.stop()
    with pytest.raises(StateError, match="when it has ended"):
        p.key_averages()
    with p:
        assert "going on" in str(p)
        with pytest.raises(StateError, match="has begun already"):
            p.start()
        with pytest.raises(StateError, match="when it has ended"):
            p.table()
    with pytest.raises(ArgumentError, match="'kernel' or by 'operation'"):
        p.key_averages("line")


def test_an_exception_leaves_what_was_found_and_nothing_behind() -> None:
    p = profile()

    def fail() -> None:
        with p:
            plugtorch.ones(2).exp()
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    assert counts(p)["exp"] == 1
    assert open_device("cpu").clock is None


def test_a_failing_kernel_is_explained_as_ever() -> None:
    with profile() as p, pytest.raises(RuntimeError, match="broadcast"):
        plugtorch.ones(2) + plugtorch.ones(3)
    assert "add" not in counts(p)


def test_every_thread_is_seen() -> None:
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        for _ in range(50):
            plugtorch.ones(4).exp()
        together.wait()

    with profile() as p:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts(p)["exp"] == 200
    assert len({r.thread for r in p.events()}) == 4


def test_threads_may_profile_at_once() -> None:
    found = []

    def work() -> None:
        for _ in range(20):
            with profile() as p:
                plugtorch.ones(4).exp()
            found.append(counts(p)["exp"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert min(found) >= 1
    assert open_device("cpu").clock is None


@pytest.fixture
def other() -> Iterator[str]:
    class Other(NumpyBackend):
        pass

    with registry.register(BackendSpec(name="other", target="none:Other"), Other):
        yield "other"


@pytest.fixture
def deferred() -> Iterator[str]:
    class Deferred(NumpyBackend):
        deferred = True

    with registry.register(BackendSpec(name="deferred_too", target="none:Deferred"), Deferred):
        yield "deferred_too"


def test_a_device_opened_inside_is_seen(other: str) -> None:
    with profile() as p:
        plugtorch.ones(2).exp()
        plugtorch.ones(2, device=other).exp()
    devices = {r.device for r in p.events() if r.name == "exp"}
    assert devices == {"cpu", f"{other}:0"}
    assert f"{other}:0: computing" in p.table()
    with profile() as quiet:
        pass
    plugtorch.ones(2, device=other).exp()
    assert not quiet.events()


def test_a_deferred_device_is_timed_where_it_computes(deferred: str) -> None:
    w = plugtorch.ones(2, device=deferred, requires_grad=True)
    with profile() as p:
        w.exp().sum().backward()
    assert counts(p) == {"evaluate": 1}


def test_the_table() -> None:
    records = [
        Record("fused", ("exp", "add", "add"), 0.0, 0.003, device="a:0"),
        Record("fused", ("exp", "add", "add"), 0.004, 0.005, device="a:0"),
        Record("upload", (), 0.0, 0.001, "copy", size=2048, device="a:0"),
        Record("plan and compile", ("2 lines",), 0.0, 1.0, "host", device="a:0"),
    ]
    lines = [line.split() for line in rows(records).table().splitlines()]
    assert lines == [
        "device kernel count total ms mean us share operations".split(),
        "a:0 fused 2 4.000 2,000.0 80.0% exp, add x2".split(),
        "a:0 upload 1 1.000 1,000.0 20.0% 2,048 bytes".split(),
        "a:0 plan and compile 1 1,000.000 1,000,000.0 host".split(),
    ]
    assert "fused with" in rows(records, "operation").table()
    assert rows(records, "operation").table().splitlines()[1].endswith("add")
    assert rows(records).table(row_limit=1).endswith("... and 2 more")
    assert "... and" not in rows(records).table(row_limit=-1)


def test_the_trace(tmp_path: Path) -> None:
    with profile() as p:
        plugtorch.tensor([1.0]).exp()
    p.export_chrome_trace(tmp_path / "trace.json")
    content = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    events = [e for e in content["traceEvents"] if e["ph"] == "X"]
    assert [e["name"] for e in events] == ["upload", "exp"]
    assert events[0]["args"] == {"bytes": 4}
    assert events[1]["args"] == {"operations": "exp"}
    assert all(e["ts"] >= 0 and e["dur"] >= 0 for e in events)
    processes = [e for e in content["traceEvents"] if e["name"] == "process_name"]
    assert [e["args"]["name"] for e in processes] == ["cpu"]


def test_unknown_words_for_debugging_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug, "_unknown_seen", "")
    monkeypatch.setenv("PLUGTORCH_DEBUG", "kernel, Kernels")
    with pytest.warns(UserWarning, match="mean nothing: kernel. It knows kernels"):
        assert debug.words() == {"kernels"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        debug.words()  # once is enough
    monkeypatch.setenv("PLUGTORCH_DEBUG", "")
    assert not debug.words()


def test_a_backend_without_explanations_has_none() -> None:
    written: list[str] = []
    with plugtorch.profiler.kernels(written.append):
        plugtorch.ones(2).exp()
    assert not written


def test_every_backend_can_be_profiled() -> None:
    assert Backend.profile is NumpyBackend.profile
