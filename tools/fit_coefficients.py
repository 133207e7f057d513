"""Fits the polynomials and rational functions of src/ops/math_*.cpp and writes them to src/ops/coefficients.h.

Each fit is the best approximation in the maximum norm of the *relative* error of the function it serves, found by the
Remez exchange (rational fits: with the linearised equations of each reference iterated to their fixed point) in
50-digit arithmetic on a dense Chebyshev grid. A fit of float32 rounds its coefficients to float32 from the highest
degree of influence (the constant term) on, refitting the rest after each, so that rounding costs little.

Usage: python tools/fit_coefficients.py [name...]   (needs mpmath; gmpy2 makes it several times faster)
Without names it fits all and writes the header; with names it only prints these.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 50

Function = Callable[[mpf], mpf]


@dataclass
class Fit:
    """numerator(x) / denominator(x) ~ target(x) on [low, high]; the error is multiplied by weight(x)."""

    name: str
    doc: str
    target: Function
    weight: Function
    low: mpf
    high: mpf
    numerator: int
    denominator: int = 0
    single: bool = False  # round the coefficients to float32 (else to float64)
    fixed: list[mpf] = field(default_factory=list)  # leading coefficients of the numerator that are given


def grid(low: mpf, high: mpf, count: int) -> list[mpf]:
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def horner(coefficients: list[mpf], x: mpf) -> mpf:
    result = mpf(0)
    for c in reversed(coefficients):
        result = result * x + c
    return result


def solve(fit: Fit, nodes: list[tuple[mpf, mpf, mpf]], fixed: list[mpf]) -> tuple[list[mpf], list[mpf]]:
    """The equations P(x) - f(x) Q(x) = +-E Q(x) / w(x) on the nodes; Q of the right side from the round before."""
    free = fit.numerator + 1 - len(fixed)
    size = free + fit.denominator + 1
    previous = [mpf(1)]
    for _ in range(1 if fit.denominator == 0 else 30):
        matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
        for row, (x, f, w) in enumerate(nodes):
            for j in range(free):
                matrix[row, j] = x ** (j + len(fixed))
            for j in range(fit.denominator):
                matrix[row, free + j] = -f * x ** (j + 1)
            matrix[row, size - 1] = (-1) ** row * horner(previous, x) / w
            right[row] = f - horner(fixed, x)
        solution = mp.lu_solve(matrix, right)
        p = fixed + [solution[j] for j in range(free)]
        q = [mpf(1)] + [solution[free + j] for j in range(fit.denominator)]
        if max(abs(a - b) for a, b in zip(q, previous + [mpf(0)] * len(q))) < mpf(10) ** -25:
            break
        previous = q
    return p, q


def extrema(errors: list[mpf], count: int) -> list[int]:
    """Indices of `count` alternating extrema: the largest of each run of one sign, weakest ends dropped."""
    runs: list[int] = []
    for i, e in enumerate(errors):
        if runs and (errors[runs[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[runs[-1]]):
                runs[-1] = i
        else:
            runs.append(i)
    while len(runs) > count:
        runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
    return runs


def remez(fit: Fit, points: list[tuple[mpf, mpf, mpf]], fixed: list[mpf]) -> tuple[list[mpf], list[mpf], mpf]:
    count = fit.numerator + fit.denominator + 2 - len(fixed)
    n = len(points)
    chosen = [int(n * (1 - mp.cos(mp.pi * (i + mpf(1) / 2) / count)) / 2) for i in range(count)]
    best = None
    for _ in range(25):
        p, q = solve(fit, [points[i] for i in chosen], fixed)
        errors = [(horner(p, x) / horner(q, x) - f) * w for x, f, w in points]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[2]:
            best = (p, q, worst)
        new = extrema(errors, count)
        if len(new) < count or new == chosen:
            break
        chosen = new
    return best


def rounded(value: mpf, single: bool) -> mpf:
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0]) if single else mpf(float(value))


def run(fit: Fit) -> tuple[list[mpf], list[mpf], mpf]:
    """The better of rounding all coefficients at once and of rounding one after the other, refitting the rest."""
    points = [(x, fit.target(x), fit.weight(x)) for x in grid(mpf(fit.low), mpf(fit.high), 700)]
    p, q, _ = remez(fit, points, fit.fixed)
    candidates = [(p, q)]
    if fit.denominator == 0 and fit.numerator <= 12:  # longer ones converge slowly and gain nothing
        for known in range(len(fit.fixed) + 1, fit.numerator + 1):
            p, q, _ = remez(fit, points, [rounded(c, fit.single) for c in p[:known]])
        candidates.append((p, q))
    best = None
    for p, q in candidates:
        p, q = [rounded(c, fit.single) for c in p], [rounded(c, fit.single) for c in q]
        worst = max(abs((horner(p, x) / horner(q, x) - f) * w) for x, f, w in points)
        if best is None or worst < best[2]:
            best = (p, q, worst)
    return best


# ---- What is fitted -----------------------------------------------------------------------------------------------


def series(function: Function, power: int, first: int = 0) -> Function:
    """`function`(x) / x**power with its Taylor series near 0, where the quotient cancels."""

    def value(x: mpf) -> mpf:
        if abs(x) > mpf("0.01"):
            return function(x) / x**power
        with mp.workdps(120):
            x = mpf(x) if x != 0 else mpf(10) ** -30
            return +(function(x) / x**power)

    return value


def of_square(function: Function) -> Function:
    """The function of z = x * x."""
    return lambda z: function(mp.sqrt(z))


def exp_rest(x: mpf) -> mpf:
    return mp.expm1(x) - x


def log_rest(f: mpf) -> mpf:
    return mp.log1p(f) - f + f * f / 2


def atanh_rest(s: mpf) -> mpf:
    return 2 * mp.atanh(s) - 2 * s


HALF_LN2 = mp.log(2) / 2 * mpf("1.0001")
QUARTER_PI = mp.pi / 4 * mpf("1.0001")
LOG_LOW, LOG_HIGH = mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(2) - 1
S_MAX = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mpf("1.0001")
TINY = mpf(10) ** -12


def odd(name: str, doc: str, function: Function, high: mpf, degree: int, single: bool, denominator: int = 0) -> Fit:
    """function(x) = x + x**3 * P(x * x) for 0 <= x <= high."""
    rest = series(lambda x: function(x) - x, 3)
    return Fit(
        name,
        doc,
        of_square(rest),
        of_square(lambda x: abs(x**3 / function(x))),
        TINY,
        mpf(high) ** 2,
        degree,
        denominator,
        single,
    )


def fits() -> list[Fit]:
    result: list[Fit] = []
    for single in (True, False):
        kind = "float32" if single else "float64"
        result += [
            Fit(
                f"exp_{kind}",
                "exp(r) = 1 + r + r**2 P(r), |r| <= ln(2)/2",
                series(exp_rest, 2),
                lambda r: r * r / mp.exp(r),
                -HALF_LN2,
                HALF_LN2,
                4 if single else 9,
                0,
                single,
            ),
            Fit(
                f"expm1_{kind}",
                "expm1(r) = r + r**2 P(r), |r| <= ln(2)/2",
                series(exp_rest, 2),
                lambda r: abs(r * r / mp.expm1(r)),
                -HALF_LN2,
                HALF_LN2,
                5 if single else 10,
                0,
                single,
            ),
            odd(
                f"sin_{kind}", "sin(r) = r + r**3 P(r**2), |r| <= pi/4", mp.sin, QUARTER_PI, 3 if single else 6, single
            ),
            Fit(
                f"cos_{kind}",
                "cos(r) = 1 - r**2/2 + r**4 P(r**2), |r| <= pi/4",
                of_square(series(lambda r: mp.cos(r) - 1 + r * r / 2, 4)),
                of_square(lambda r: r**4 / mp.cos(r)),
                TINY,
                QUARTER_PI**2,
                2 if single else 6,
                0,
                single,
            ),
            odd(
                f"arcsin_{kind}",
                "arcsin(x) = x + x**3 P(x**2), 0 <= x <= 1/2",
                mp.asin,
                mpf(1) / 2,
                5 if single else 12,
                single,
            ),
            Fit(
                f"erf_small_{kind}",
                "erf(x) = x + x P(x**2), 0 <= x <= 1",
                of_square(series(lambda x: mp.erf(x) - x, 1)),
                of_square(lambda x: x / mp.erf(x)),
                TINY,
                mpf(1),
                5 if single else 12,
                0,
                single,
            ),
            inverse_erf(
                f"erfinv_near_{kind}",
                "erfinv(x) = x P(w - 2.5), w = -log(1 - x**2) <= 5",
                mpf(0),
                mpf(5),
                mpf("2.5"),
                False,
                10 if single else 23,
                single,
            ),
            inverse_erf(
                f"erfinv_far_{kind}",
                "erfinv(x) = x P(sqrt(w) - 3), 5 <= w <= 16.7",
                mp.sqrt(5),
                mpf("4.09"),
                mpf(3),
                True,
                9 if single else 23,
                single,
            ),
            odd(f"sinh_{kind}", "sinh(x) = x + x**3 P(x**2), 0 <= x <= 1", mp.sinh, mpf(1), 3 if single else 6, single),
        ]
    result += [
        Fit(
            "log_float32",
            "log(1 + f) = f - f**2/2 + f**3 P(f), sqrt(1/2) <= 1 + f <= sqrt(2)",
            series(log_rest, 3),
            lambda f: abs(f**3 / mp.log1p(f)),
            LOG_LOW,
            LOG_HIGH,
            7,
            0,
            True,
        ),
        Fit(
            "log_float64",
            "log(1 + f) = 2 s + s**3 P(s**2), s = f / (2 + f), sqrt(1/2) <= 1 + f <= sqrt(2)",
            of_square(series(atanh_rest, 3)),
            of_square(lambda s: s**3 / (2 * mp.atanh(s))),
            TINY,
            S_MAX,
            6,
            0,
            False,
        ),
        odd("arctan_float32", "arctan(t) = t + t**3 P(t**2), 0 <= t <= 1", mp.atan, mpf(1), 8, True),
        odd(
            "arctan_float64", "arctan(t) = t + t**3 P(t**2), 0 <= t <= tan(pi/8)", mp.atan, mp.tan(mp.pi / 8), 11, False
        ),
        Fit(
            "power_log",
            "atanh(s) = s + s**3 P(s**2), |s| <= (sqrt(2) - 1)/(sqrt(2) + 1), for float32 power",
            of_square(series(lambda s: mp.atanh(s) - s, 3)),
            of_square(lambda s: s**3 / mp.atanh(s)),
            TINY,
            S_MAX,
            4,
        ),
        Fit(
            "power_exp2",
            "exp2(r) = P(r), |r| <= 1/2, for float32 power",
            lambda r: mpf(2) ** r,
            lambda r: mpf(2) ** -r,
            mpf("-0.5"),
            mpf("0.5"),
            6,
        ),
        complement(
            "erf_large_float32", "erf(x) = 1 - P(x)**8, 1 <= x <= 3.925", mp.erfc, mpf(1), mpf("3.925"), 6, True
        ),
        complement(
            "erf_large_float64", "erf(x) = 1 - P(x)**8, 1 <= x <= 5.93", mp.erfc, mpf(1), mpf("5.93"), 18, False
        ),
        inverse_erf(
            "erfinv_farthest_float64",
            "erfinv(x) = x P(sqrt(w) - 5), 16 <= w <= 37",
            mpf(4),
            mpf("6.1"),
            mpf(5),
            True,
            17,
            False,
        ),
        Fit(
            "power_log_float64",
            "2 atanh(s) = 2 s + 2/3 s**3 + s**5 P(s**2), |s| <= (sqrt(2) - 1)/(sqrt(2) + 1)",
            of_square(series(lambda s: 2 * mp.atanh(s) - 2 * s - 2 * s**3 / 3, 5)),
            of_square(lambda s: s**5 / (2 * mp.atanh(s))),
            TINY,
            S_MAX,
            7,
        ),
    ]
    return result


def complement(name: str, doc: str, function: Function, low: mpf, high: mpf, degree: int, single: bool) -> Fit:
    """1 - P(x)**8 for a function that falls to 0: its root is smooth enough for a polynomial, without exponential."""

    def root(x: mpf) -> mpf:
        return function(x) ** (mpf(1) / 8)

    return Fit(name, doc, root, lambda x: 8 * root(x) ** 7 / (1 - root(x) ** 8), low, high, degree, 0, single)


def inverse_erf(name: str, doc: str, low: mpf, high: mpf, middle: mpf, root: bool, degree: int, single: bool) -> Fit:
    """erfinv(x) / x in w = -log(1 - x**2), or in its square root, less `middle`."""

    def value(u: mpf) -> mpf:
        w = (u + middle) ** 2 if root else u + middle
        x = mp.sqrt(-mp.expm1(-w)) if w > mpf(10) ** -12 else mpf(10) ** -12
        # Newton on erfc, which keeps its digits where erf is 1: erfc(y) = 1 - x = exp(-w) / (1 + x).
        goal, y = mp.exp(-w) / (1 + x), mp.sqrt(max(w - mp.log(w + 1) / 2, x * x * mp.pi / 4))
        for _ in range(60):
            step = (mp.erfc(y) - goal) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
            y += step
            if abs(step) < mpf(10) ** -40:
                break
        return y / x

    return Fit(name, doc, value, lambda u: 1 / value(u), low - middle, high - middle, degree, 0, single)


def inverse_two_pi(bits: int, count: int, scaled: bool) -> list[mpf]:
    """1 / (2 pi) cut into `count` pieces of `bits` bits: as they stand, or each as an integer."""
    with mp.workdps(600):
        rest, result = 1 / (2 * mp.pi), []
        for i in range(count):
            word = mp.floor(mp.ldexp(rest, bits * (i + 1)))
            rest -= mp.ldexp(word, -bits * (i + 1))
            result.append(word if not scaled else mp.ldexp(word, -bits * (i + 1)))
        return result


def literal(value: mpf) -> str:
    return float(value).hex()


def main(names: list[str]) -> None:
    text = [
        "// Generated by tools/fit_coefficients.py: best approximations, lowest degree first; `worst` is the largest",
        "// relative error of the formula in the comment, before rounding in its evaluation.",
        "// clang-format off",
        "#pragma once",
        "",
        "namespace cermet::math::coefficients {",
    ]
    for fit in fits():
        if names and fit.name not in names:
            continue
        p, q, worst = run(fit)
        print(f"{fit.name:20} {mp.nstr(worst, 3):>10}  2^{mp.nstr(mp.log(worst, 2), 4)}", file=sys.stderr, flush=True)
        text += ["", f"/// {fit.doc}; worst {mp.nstr(worst, 2)}."]
        for suffix, coefficients in [("", p)] + ([("_denominator", q)] if fit.denominator else []):
            text.append(f"inline constexpr double {fit.name}{suffix}[] = {{")
            text += [f"    {literal(c)}," for c in coefficients]
            text[-1] = text[-1].removesuffix(",") + "};"
    if not names:
        for name, doc, pieces in [
            ("inverse_two_pi_29", "1 / (2 pi) as a sum of pieces of 29 bits", inverse_two_pi(29, 7, True)),
            ("inverse_two_pi_32", "1 / (2 pi) in words of 32 bits, each as an integer", inverse_two_pi(32, 38, False)),
        ]:
            text += ["", f"/// {doc}.", f"inline constexpr double {name}[] = {{"]
            text += [f"    {literal(c)}," for c in pieces]
            text[-1] = text[-1].removesuffix(",") + "};"
    text += ["", "}  // namespace cermet::math::coefficients", ""]
    if names:
        print("\n".join(text))
    else:
        Path(__file__).parent.parent.joinpath("src/ops/coefficients.h").write_text("\n".join(text))


if __name__ == "__main__":
    main(sys.argv[1:])
