"""Time plugtorch on a device against PyTorch, torch.compile and tinygrad: python run.py --help.

What is measured and how to read it: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any

from cases import CASES, chosen
from drivers import tinygrad_driver
from first import first_steps
from harness import Settings, Worker, WorkerError, run_case
from libraries import NAMES
from rich.console import Console
from rich.markup import escape
from rich.table import Table

BUSY = 0.5  # processes that others keep running
console = Console(width=None if sys.stdout.isatty() else 140)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--device", default="opencl:intel", help="plugtorch's device (default: opencl:intel)")
    add("--only", default="*", help="patterns of case names, a comma between them")
    add("--libraries", default=",".join(NAMES), help="some of " + ", ".join(NAMES))
    add("--threads", type=int, help="threads of each (default: as many as there are cores)")
    add("--cores", help="the cores to use, such as 0,1 (default: the first --threads)")
    add("--rounds", type=int, default=7, help="rounds in turn (default: 7)")
    add("--seconds", type=float, default=0.2, help="of a library's block in a round")
    add("--limit", type=float, default=20, help="seconds of a library's rounds in a case")
    add("--patience", type=float, default=300, help="seconds until a library is given up")
    add("--quick", action="store_true", help="tiny sizes, to see that all of it runs")
    add("--first-step", action="store_true", help="the first step, without and with a disk cache")
    add("--json", metavar="FILE", help="also write everything to FILE")
    add("--list", action="store_true", help="list the cases")
    add("--tinygrad-python", default=sys.executable, help="the Python that has tinygrad")
    add("--tinygrad-driver", default="", help="the library of tinygrad's OpenCL driver")
    return parser.parse_args()


def settle(given: argparse.Namespace) -> Settings:
    """Pin this process, and with it all it starts, and say the number of threads to each library.
    Raises SystemExit for libraries that nobody knows.
    """
    libraries = tuple(given.libraries.split(","))
    if unknown := set(libraries) - set(NAMES):
        raise SystemExit(f"no library {sorted(unknown)}: there are {', '.join(NAMES)}")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if given.cores:
        cores = [int(core) for core in given.cores.split(",")]
    threads = given.threads or len(cores) or os.cpu_count() or 1
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores[:threads] if not given.cores else cores)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    names += ("DPCPP_CPU_NUM_CUS", "POCL_MAX_PTHREAD_COUNT")  # Intel's driver, and PoCL
    environment = dict.fromkeys((*names, "TORCHINDUCTOR_COMPILE_THREADS"), str(threads))
    tinygrad, problem = {}, ""
    if "tinygrad" in libraries:
        tinygrad, problem = tinygrad_driver(given.device, given.tinygrad_driver)
    return Settings(
        device=given.device,
        # PyTorch first: the reference of the results, and what weights start from
        libraries=tuple(sorted(libraries, key=("torch", *NAMES).index)),
        threads=threads,
        rounds=given.rounds,
        seconds=given.seconds,
        limit=given.limit,
        patience=given.patience,
        quick=given.quick,
        environment=environment,
        tinygrad_python=given.tinygrad_python,
        tinygrad_environment=tinygrad,
        tinygrad_problem=problem,
    )


def span(seconds: float) -> str:
    """A time with three digits."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1 or unit == "us":
            return f"{seconds * factor:.3g} {unit}"
    raise AssertionError


def _columns(settings: Settings) -> list[str]:
    """The libraries as the table has them: plugtorch first."""
    return [name for name in NAMES if name in settings.libraries]


def compare(names: list[str], settings: Settings) -> dict[str, Any]:
    """Run the cases, print a table and the reasons of what is missing in it."""
    workers = [Worker(name, settings) for name in settings.libraries]
    about: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[0]) > BUSY:
        console.print(
            f"Others are at work here (load {load:.1f}): PyTorch suffers most, see README."
        )
    try:
        for worker in workers:
            try:
                about[worker.name] = worker.start()["about"]
            except WorkerError as error:
                about[worker.name] = f"cannot be used: {error}"
                worker.close()
            console.print(f"{worker.name}: {escape(about[worker.name])}", highlight=False)
        usable = [worker for worker in workers if worker.process is not None]
        for name in names:
            rows.append(run_case(name, usable, settings))
            console.print(_line(rows[-1]), style="dim", highlight=False, markup=False)
    except KeyboardInterrupt:
        console.print("stopped; what there is so far:")
    finally:
        for worker in workers:
            worker.close()
    console.print(_table(rows, about, settings))
    return {"about": about, "rows": rows}


def _line(row: dict[str, Any]) -> str:
    """A case as it is done, for those who wait."""
    results = row["results"].items()
    done = (f"{name} {span(kept['median'])}" for name, kept in results if "median" in kept)
    wrong = (f"{name}: {kept['error']}" for name, kept in results if "error" in kept)
    return f"{row['case']}: {', '.join((*done, *wrong))}"


def _table(rows: list[dict[str, Any]], about: dict[str, str], settings: Settings) -> Table:
    columns = _columns(settings)
    others = [name for name in columns if name != "plugtorch"]
    size = "TINY SIZES. " if settings.quick else ""
    table = Table("case", title=f"{size}A call: medians over rounds; plugtorch's / another's")
    notes: list[str] = []
    for title in (*columns, *(f"/ {name}" for name in others)):
        table.add_column(title, justify="right")
    for row in rows:
        cells = []
        for name in columns:
            kept = row["results"].get(name, {"error": about.get(name, "absent")})
            if "error" in kept:
                if kept["error"] not in notes:
                    notes.append(kept["error"])
                cells.append(f"({notes.index(kept['error']) + 1})")
            else:
                cells.append(span(kept["median"]))
        ratios = (row["ratios"].get(name) for name in others)
        cells += ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        table.add_row(escape(row["case"]), *cells)
    table.caption = "\n".join(f"({n}) {escape(note)}" for n, note in enumerate(notes, 1))
    table.caption_justify = "left"
    return table


def compare_first(names: list[str], settings: Settings) -> dict[str, Any]:
    """Time first steps, and print a table."""
    table = Table("case", "library", title="the first step, and any later one")
    for title in ("import, open", "first, cold", "first, from disk", "later"):
        table.add_column(title, justify="right")
    rows = []
    for case in names:
        for name, found in first_steps(case, settings):
            rows.append({"case": case, "library": name, **found})
            if "error" in found:
                table.add_row(case, name, escape(found["error"]))
                continue
            cold, cached = found["cold"], found["cached"]
            times = (cached["open"], cold["first"], cached["first"], found["steady"])
            table.add_row(case, name, *(span(seconds) for seconds in times))
    console.print(table)
    return {"rows": rows}


def main() -> None:
    """Run what the command line says."""
    given = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `timeout` gets its table, too
    if given.list:
        console.print("\n".join(CASES), highlight=False)
        return
    patterns = "train/*" if given.first_step and given.only == "*" else given.only
    names = chosen(patterns)
    settings = settle(given)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    found = (compare_first if given.first_step else compare)(names, settings)
    if given.json:
        session = {
            "machine": platform.machine(),
            "python": platform.python_version(),
            "device": settings.device,
            "threads": settings.threads,
            "quick": settings.quick,
            "rounds": settings.rounds,
            "load before": load,
        }
        Path(given.json).write_text(json.dumps({"session": session, **found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
