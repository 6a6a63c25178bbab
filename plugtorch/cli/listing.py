"""``plugtorch plugins`` and ``plugtorch devices``: what there is."""

from __future__ import annotations

from typing import Any

import click

from plugtorch.cli.output import (
    json_option,
    memory_text,
    print_json,
    print_table,
    traceback_option,
)


@click.command(short_help="List losses, optimizers and backends.")
@json_option
@traceback_option
def plugins(as_json: bool) -> None:
    """List every loss, optimizer and backend, where it comes from, and what is wrong with it if it
    is broken.

    Only the plugins' announcements are imported, so a fault deeper inside shows on first use;
    `plugtorch doctor` looks for those too.
    """
    from plugtorch import registry

    found = registry.plugins()
    if as_json:
        print_json([plugin.as_dict() for plugin in found])
        return
    rows = []
    for plugin in found:
        facts = {"distribution": plugin.distribution, "version": plugin.version}
        for entry in plugin.entries:
            about = entry.spec.summary if entry.state == "ok" else entry.note
            rows.append(
                {
                    "kind": entry.kind,
                    "name": entry.name,
                    **facts,
                    "state": entry.state,
                    "about": about,
                }
            )
        noted = [entry.problem for entry in plugin.entries]
        troubles = [problem.text for problem in plugin.problems if problem not in noted]
        if troubles or not plugin.entries:
            state = plugin.state if plugin.blocked else "broken" if troubles else plugin.state
            about = plugin.blocked or "; ".join(troubles) or "offers nothing"
            rows.append(
                {"kind": "plugin", "name": plugin.name, **facts, "state": state, "about": about}
            )
    order = {"backend": 0, "loss": 1, "optimizer": 2, "plugin": 3}
    rows.sort(key=lambda row: (order[row["kind"]], row["name"]))
    print_table(["kind", "name", "distribution", "version", "state", "about"], rows)


@click.command(short_help="List what there is to compute on.")
@json_option
@traceback_option
def devices(as_json: bool) -> None:
    """List the devices that every installed backend sees. The first column is what --device
    takes; so is a part of a name, as in opencl:intel.

    Below the table are the drivers and devices that cannot be used, and why.
    """
    rows = list_devices()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["memory"] = memory_text(row["memory"])
        row["float64"], row["float16"] = _computes(row, "float64"), _computes(row, "float16")
    columns = ["device", "name", "kind", "vendor", "memory", "float64", "float16", "driver"]
    print_table(columns, [row for row in rows if row["kind"] or not row["problem"]])
    for row in rows:
        if row["problem"]:  # too long for a column
            where = row["device"] or row["backend"]
            name = "" if row["name"].lower() == where else f" {row['name']}"
            click.echo(f"{where}{name.rstrip()}: {row['problem']}")


def _computes(row: dict[str, Any], name: str) -> str:
    """``yes``, ``no``, or ``stored`` where it is computed in another dtype."""
    if not row["dtypes"]:
        return ""
    told = row["extra"].get(name, "yes" if name in row["dtypes"] else "no")
    return str(told.partition(",")[0])


def list_devices() -> list[dict[str, Any]]:
    """Every device as plain data, and for a backend that cannot be loaded one row that says why.
    Opens none.
    """
    from plugtorch import registry
    from plugtorch.errors import PluginError

    rows: list[dict[str, Any]] = []
    for entry in registry.entries("backend"):
        nothing = {"kind": "", "vendor": "", "memory": 0, "dtypes": [], "driver": "", "extra": {}}
        common = {"backend": entry.name, "distribution": entry.plugin.distribution}
        try:
            seen = entry.load().devices()
        except PluginError as error:
            rows.append(
                {"device": entry.name, "name": "", **common, **nothing, "problem": str(error)}
            )
            continue
        if not seen:
            rows.append({"device": "", "name": "none found", **common, **nothing, "problem": ""})
        for index, info in enumerate(seen):
            alone = entry.name == "cpu" and len(seen) == 1
            name = entry.name if alone else f"{entry.name}:{index}"
            rows.append(
                {
                    "device": name if info.kind else "",
                    "name": info.name,
                    **common,
                    "kind": info.kind,
                    "vendor": info.vendor,
                    "memory": info.memory,
                    "dtypes": list(info.dtypes),
                    "driver": info.driver,
                    "extra": dict(info.extra),
                    "problem": info.problem,
                }
            )
    return rows
