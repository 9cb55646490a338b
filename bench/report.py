"""The table, on the terminal and in docs/performance.md."""

import platform
import re
import sys
from datetime import date
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/performance.md"


def say(line):
    print(line, file=sys.stderr, flush=True)


def say_counts(questions, counts):
    """How many features each server returned for the same questions; counts: {server: [number]}."""
    for i, question in enumerate(questions):
        found = {server: numbers[i] for server, numbers in counts.items()}
        verdict = "the same" if len(set(found.values())) == 1 else "NOT the same"
        say(f"{question}: {verdict}: " + ", ".join(f"{server} {number}" for server, number in found.items()))


def table(results, peers):
    """Markdown: one row a Result; a ratio to each of `peers`, the names of rows."""
    rates = {result.name: result.rate for result in results}
    head = ["", "req/s", "p50 ms", "p95 ms", "bytes", "errors", *(f"÷ {peer}" for peer in peers)]
    rows = [
        [
            result.name,
            _rounded(result.rate),
            _rounded(result.p50),
            _rounded(result.p95),
            "" if result.size is None else f"{result.size:,.0f}",
            str(result.errors),
            *(_rounded(result.rate / rates[peer]) if rates[peer] else "" for peer in peers),
        ]
        for result in results
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in [head, rule, *rows]
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rounded(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def machine():
    """One line: what it ran on."""
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s+: (.+)", cpuinfo)
    cores = cpuinfo.count("processor\t:")
    return f"{cores} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB of memory"


def replace_section(document, name, text):
    """The document with the text between the markers of that name replaced."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = document.partition(start)
    if not found or end not in rest:
        raise ValueError(f"{start} ... {end} is missing")
    return f"{before}{start}\n{text.strip()}\n{end}{rest.partition(end)[2]}"


def write(name, command, versions, tables):
    """tables: [(title, what it shows, Markdown)]; into docs/performance.md and to standard output."""
    parts = [f"`{command}` on {date.today().isoformat()}. {machine()}. {versions}."]
    for title, about, body in tables:
        parts += [f"### {title}", about, body]
    text = "\n\n".join(parts)
    print(text)
    DOCUMENT.write_text(replace_section(DOCUMENT.read_text(), name, text))
