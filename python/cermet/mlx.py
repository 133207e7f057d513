"""Runs a program written for MLX with Cermet in its place: `python -m cermet.mlx program.py args...`

usage: python -m cermet.mlx program.py [args...]
       python -m cermet.mlx -m module [args...]
       python -m cermet.mlx -c command [args...]
       python -m cermet.mlx - [args...]             the program comes from standard input

The program finds in sys.argv, sys.path and __main__ what it finds when Python runs it itself, and a traceback begins
with its own lines. In it, `import mlx.core` and all other modules of MLX are Cermet's (cermet.install_as_mlx).
"""

from __future__ import annotations

import builtins
import importlib.util
import io
import os
import runpy
import signal
import sys
import traceback
from types import CodeType, ModuleType, TracebackType
from typing import Any

from cermet._as_mlx import install_as_mlx

__all__ = ["main"]


class _UsageError(Exception):
    """What Python would say of such a command line, and the status that it would exit with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


# ---- What to run ----------------------------------------------------------------------------------------------------


def _set_path(first: str) -> None:
    """Puts the program's folder where Python has put that of this module."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = first


def _file(path: str) -> tuple[CodeType, dict[str, Any]]:
    path = os.path.abspath(path)
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        raise _UsageError(f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}", 2) from None
    _set_path(os.path.dirname(os.path.realpath(path)))
    return compile(source, path, "exec", dont_inherit=True), {"__file__": path, "__cached__": None}


def _module(name: str) -> tuple[CodeType, dict[str, Any]]:
    _set_path(os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ImportError, ValueError) as error:
        raise _UsageError(f"Error while finding module specification for {name!r} ({error})", 1) from None
    if spec is None:
        raise _UsageError(f"No module named {name}", 1)
    code = spec.loader.get_code(spec.name) if hasattr(spec.loader, "get_code") else None
    if code is None:
        raise _UsageError(f"No code object available for {name}", 1)
    sys.argv[0] = spec.origin or name
    return code, {
        "__file__": spec.origin,
        "__cached__": spec.cached,
        "__package__": spec.parent,
        "__spec__": spec,
        "__loader__": spec.loader,
    }


def _text(source: str | bytes, name: str, attributes: dict[str, Any]) -> tuple[CodeType, dict[str, Any]]:
    _set_path("")
    return compile(source, name, "exec", dont_inherit=True), attributes


def _run(code: CodeType, attributes: dict[str, Any]) -> None:
    """Runs code as the module __main__."""
    module = ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, **attributes)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


# ---- How it ends ----------------------------------------------------------------------------------------------------


def _own(trace: TracebackType) -> bool:
    name = trace.tb_frame.f_code.co_filename
    return name == __file__ or name.startswith("<frozen runpy") or os.path.basename(name) == "runpy.py"


def _report(error: BaseException) -> None:
    """What Python prints for an error that nobody caught, without the frames of this module."""
    trace = error.__traceback__
    while trace is not None and _own(trace):
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    try:
        sys.excepthook(type(error), error, trace)
    except SystemExit:
        raise
    except BaseException:
        print("Error in sys.excepthook:", file=sys.stderr)
        traceback.print_exc()


def main(arguments: list[str]) -> None:
    """Runs a program; `arguments` are those of the command line. Leaves by SystemExit where the program fails."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.split("\n\n", 1)[1].strip())
        raise SystemExit(0 if arguments else 2)
    install_as_mlx()
    kind, rest = arguments[0], arguments[1:]
    try:
        if kind in ("-m", "-c") and not rest:
            raise _UsageError(f"Argument expected for the {kind} option", 2)
        if kind.startswith("-") and kind not in ("-m", "-c", "-"):
            raise _UsageError(f"unknown option {kind}; options of Python itself go before -m cermet.mlx", 2)
        sys.argv[:] = [kind, *rest[1:]] if kind in ("-m", "-c") else arguments
        if kind not in ("-m", "-c", "-") and os.path.isdir(kind):
            _set_path(os.path.dirname(os.path.realpath(kind)))
        run = None
        if kind == "-m":
            run = _module(rest[0])
        elif kind == "-c":
            run = _text(rest[0], "<string>", {})
        elif kind == "-":
            run = _text(sys.stdin.buffer.read(), "<stdin>", {"__file__": "<stdin>", "__cached__": None})
        elif not os.path.isdir(kind) and not kind.endswith((".zip", ".pyz", ".pyc")):
            run = _file(kind)
        _run(*run) if run is not None else runpy.run_path(kind, run_name="__main__")
    except SystemExit:
        raise
    except _UsageError as error:
        print(f"{sys.executable} -m cermet.mlx: {error}", file=sys.stderr)
        raise SystemExit(error.status) from None
    except KeyboardInterrupt as error:
        _report(error)
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)  # shells see that it was interrupted
    except BaseException as error:
        _report(error)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main(sys.argv[1:])
