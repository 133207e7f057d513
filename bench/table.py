"""Tables for people: columns aligned, numbers at a readable scale. The demo and the benchmarks print with these."""

import statistics


def median(samples):
    return statistics.median(samples)


def spread(samples):
    """Half the distance between the quartiles, as a share of the median."""
    if len(samples) < 4:
        return (max(samples) - min(samples)) / 2 / median(samples)
    low, _, high = statistics.quantiles(samples, n=4)
    return (high - low) / 2 / median(samples)


def seconds(value):
    """A duration with three digits and its unit."""
    for scale, unit in ((1, "s "), (1e3, "ms"), (1e6, "us")):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}" if value * scale < 1000 else f"{value * scale:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


def ratio(value):
    return f"{value:.2f}x" if value < 10 else f"{value:.0f}x"


def count(value):
    """An element count: 16, 4 Ki, 125 Mi."""
    for scale, unit in ((1 << 20, " Mi"), (1 << 10, " Ki")):
        if value >= scale:
            return f"{value / scale:.4g}{unit}"
    return str(value)


def render(title, header, rows, notes=(), left=1):
    """The table as text: the first `left` columns to the left, the others to the right."""
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]

    def line(cells):
        cells = [str(cell) for cell in cells]
        padded = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))]
        return "  " + "  ".join(padded).rstrip()

    rule = "  " + "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join(
        [
            *([title] if title else []),
            rule,
            line(header),
            rule,
            *map(line, rows),
            rule,
            *(f"  {note}" for note in notes),
        ]
    )
