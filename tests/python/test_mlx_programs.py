"""MLX's programs with Cermet in its place: whole programs as they are, the module names, what a program sees of itself,
and the names that are not there yet.
"""

import importlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import cermet.core as mx
from cermet import _later

PROGRAMS = Path(__file__).parent / "programs"


def run(*arguments, stdin=None, cwd=None, python=(), env=None):
    return subprocess.run(
        [sys.executable, *python, "-m", "cermet.mlx", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=120,
    )


def write(folder, name, text):
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return path


# ---- Whole programs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(p.name for p in PROGRAMS.glob("*.py")))
def test_program(name, tmp_path):
    arguments = {"mlp.py": [tmp_path / "w.npz"], "files.py": [tmp_path], "logistic_regression.py": ["--steps", "60"]}
    done = run(PROGRAMS / name, *arguments.get(name, []))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and not done.stderr


# ---- Module names ---------------------------------------------------------------------------------------------------

NAMES = """
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx.utils
import mlx
from mlx.core import array, float32, random
from mlx.nn.layers.linear import Linear
from mlx.nn.layers.base import Module
from mlx.optimizers import schedulers
from mlx.optimizers.schedulers import cosine_decay
from mlx.utils import tree_flatten, tree_map
from mlx.nn.utils import average_gradients, value_and_grad
from mlx.nn import losses, init
import mlx.core.random, mlx.core.linalg, mlx.core.fast, mlx.core.distributed
import mlx.nn.layers.upsample, mlx.nn.layers.distributed, mlx.nn.layers.transformer
import cermet, cermet.core, cermet.nn, cermet.optimizers, cermet.utils
import sys

assert mlx.core is mx is cermet.core is sys.modules["mlx.core"]
assert mlx.nn is nn is cermet.nn and mlx.utils is cermet.utils and mlx.optimizers is cermet.optimizers
assert nn.Module is cermet.nn.Module is Module and nn.Linear is Linear
assert mlx.core.random is mx.random is random
assert schedulers is cermet.optimizers.schedulers and cosine_decay is optim.cosine_decay
assert mx.array is array is cermet.core.array
for name in ("core", "nn", "optimizers", "utils"):
    module = sys.modules["mlx." + name]
    assert module.__name__ == module.__spec__.name == "cermet." + name, (module.__name__, module.__spec__)
import importlib
importlib.reload(mlx.utils)
assert mlx.utils.__name__ == "cermet.utils"
assert not any("site-packages/mlx/" in (getattr(m, "__file__", None) or "") for m in sys.modules.values())
for name in ("mlx.nothing", "mlx.extension", "mlx.nn.nothing", "mlx.mlx"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert error.name == name and "stands for Cermet" in str(error), error
    else:
        raise AssertionError(name)
try:
    from mlx.core import quantized_matmul
except ImportError as error:
    assert "quantized_matmul" in str(error)
else:
    raise AssertionError
print("done")
"""


def test_all_module_names_are_cermets():
    done = run("-c", NAMES)
    assert done.stdout == "done\n", done.stderr


def test_install_as_mlx():
    code = "import cermet\ncermet.install_as_mlx()\ncermet.install_as_mlx()\n" + NAMES
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "done\n", done.stderr


def test_install_after_mlx_is_refused(tmp_path):
    (tmp_path / "mlx").mkdir()
    (tmp_path / "mlx" / "core.py").write_text("")
    code = "import mlx.core, cermet\ncermet.install_as_mlx()"
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert "RuntimeError: [install_as_mlx] MLX has been imported already" in done.stderr


def test_an_installed_mlx_is_not_used(tmp_path):
    (tmp_path / "mlx").mkdir()
    for name in ("__init__.py", "core.py"):
        (tmp_path / "mlx" / name).write_text("raise AssertionError('the other one')")
    write(tmp_path, "program.py", "import mlx.core as mx\nprint(mx.__name__)")
    assert run(tmp_path / "program.py").stdout == "cermet.core\n"


def test_classes_pickle_under_their_own_names():
    done = run("-c", "import pickle, sys, mlx.nn as nn\nsys.stdout.write(pickle.dumps(nn.Linear, 0).hex())")
    import cermet.nn as nn

    assert pickle.loads(bytes.fromhex(done.stdout)) is nn.Linear


# ---- What a program sees of itself ----------------------------------------------------------------------------------

ABOUT = """
import json, sys
import __main__
print(json.dumps({
    "name": __name__, "file": globals().get("__file__"), "package": __package__,
    "spec": __spec__ and __spec__.name, "argv": sys.argv, "path": sys.path[0], "main": __main__.__dict__ is globals(),
    "cached": globals().get("__cached__", "none"), "doc": __doc__, "builtins": __builtins__ is __import__("builtins"),
}))
"""


@pytest.mark.parametrize("kind", ["file", "relative", "module", "package", "command", "stdin"])
def test_same_as_when_python_runs_it(kind, tmp_path):
    """The program prints what it sees; only `mlx` differs."""
    write(tmp_path, "about.py", '"""Its text."""\n' + ABOUT)
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder", "__main__.py", ABOUT)
    write(tmp_path / "folder", "__init__.py", "")
    arguments = {
        "file": [str(tmp_path / "about.py"), "-x", "--help"],
        "relative": ["about.py", "a b"],
        "module": ["-m", "about", "-c", "1"],
        "package": ["-m", "folder", "x"],
        "command": ["-c", ABOUT, "-m", "y"],
        "stdin": ["-", "z"],
    }[kind]
    stdin = ABOUT if kind == "stdin" else None
    ours = run(*arguments, stdin=stdin, cwd=tmp_path)
    plain = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=tmp_path, input=stdin, env=os.environ
    )
    assert ours.stdout == plain.stdout and ours.stdout, ours.stderr


def test_folder_with_main(tmp_path):
    write(tmp_path, "__main__.py", "import sys, helper\nprint(__name__, sys.argv[1:], helper.x)")
    write(tmp_path, "helper.py", "import mlx.core as mx\nx = mx.array(3).item()")
    assert run(tmp_path, "a").stdout == "__main__ ['a'] 3\n"


def test_pickling_what_a_program_defines(tmp_path):
    program = write(
        tmp_path,
        "program.py",
        """
        import pickle
        class Point:
            pass
        print(type(pickle.loads(pickle.dumps(Point()))) is Point)
        """,
    )
    assert run(program).stdout == "True\n"


# ---- How a program ends ---------------------------------------------------------------------------------------------


def test_traceback_begins_with_the_program(tmp_path):
    program = write(
        tmp_path,
        "program.py",
        """
        import mlx.core as mx

        def f():
            return mx.ones((2, 3)) @ mx.ones((2, 3))

        f()
        """,
    )
    done = run(program)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{program}", line 7, in <module>'
    assert lines[2].strip() == "f()" and "mlx.py" not in done.stderr and "ValueError" in lines[-1]


def test_syntax_error(tmp_path):
    program = write(tmp_path, "program.py", "x = (\n")
    done = run(program)
    assert done.returncode == 1 and f'File "{program}", line 1' in done.stderr
    assert "SyntaxError" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "code, status, out",
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('stop')", 1, ""),
        ("import atexit; atexit.register(print, 'bye')", 0, "bye\n"),
        ("import sys; sys.excepthook = lambda *e: print('hook', e[0].__name__); 1 / 0", 1, "hook ZeroDivisionError\n"),
        ("import threading; threading.Thread(target=print, args=('later',)).start()", 0, "later\n"),
    ],
)
def test_exit(code, status, out):
    done = run("-c", code)
    assert (done.returncode, done.stdout) == (status, out), done.stderr


def test_interrupt():
    done = run("-c", "raise KeyboardInterrupt")
    assert done.returncode == -signal.SIGINT and done.stderr.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        (["nothing.py"], 2, "can't open file"),
        (["-m", "no_such_module_here"], 1, "No module named no_such_module_here"),
        (["-m"], 2, "Argument expected for the -m option"),
        (["-c"], 2, "Argument expected for the -c option"),
        (["-x"], 2, "unknown option -x"),
    ],
)
def test_usage(arguments, status, message):
    done = run(*arguments)
    assert done.returncode == status and message in done.stderr and "Traceback" not in done.stderr


def test_help():
    done = run("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: python -m cermet.mlx program.py")
    assert run().returncode == 2


# ---- Names that are not there yet -----------------------------------------------------------------------------------


def names_of(module):
    return {name for name in dir(module) if not name.startswith("_")}


PAIRS = ["core", "core.random", "core.linalg", "core.fft", "core.fast", "core.distributed", "core.metal", "core.cuda"]
PAIRS += ["nn", "nn.init", "nn.losses", "nn.utils", "nn.layers", "optimizers", "optimizers.schedulers", "utils"]


def module_at(root, path):
    found = importlib.import_module(f"{root}.{path.split('.')[0]}")
    for piece in path.split(".")[1:]:
        if not hasattr(found, piece):
            importlib.import_module(f"{root}.{path}")
        found = getattr(found, piece)
    return found


@pytest.mark.parametrize("path", PAIRS)
def test_every_name_of_mlx_is_there_or_said_to_come(path):
    pytest.importorskip("mlx.core")
    theirs, ours = module_at("mlx", path), module_at("cermet", path)
    # What modules of Python happen to have imported is not theirs.
    is_python = path.startswith(("nn", "optimizers", "utils"))
    names = {
        n
        for n in names_of(theirs)
        if not is_python or str(getattr(getattr(theirs, n), "__module__", "mlx")).startswith(theirs.__name__)
    }
    missing = {n for n in names if n not in names_of(ours)}
    assert names
    if path == "utils":
        assert {n for n in names_of(theirs) if n.startswith("tree_")} <= names_of(ours)
    assert missing <= set(_later.names.get(path, {})), missing - set(_later.names.get(path, {}))


@pytest.mark.parametrize("path", _later.names)
def test_names_that_come_later_say_so(path):
    module = module_at("cermet", path)
    for name in _later.names[path]:
        assert name not in names_of(module), f"{path}.{name} is there: take it off the list in cermet/_later.py"
        with pytest.raises(AttributeError, match=f"has no attribute '{name}' yet, which MLX has: "):
            getattr(module, name)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'$"):
        module.nonsense  # noqa: B018
    assert not hasattr(module, "nonsense")


# ---- mx.distributed and mx.depends ----------------------------------------------------------------------------------


def test_a_group_of_one():
    world = mx.distributed.init()
    assert (world.rank(), world.size()) == (0, 1) and mx.distributed.init(backend="ring").size() == 1
    assert isinstance(world, mx.distributed.Group) and mx.distributed.is_available() is False
    x = mx.array([[1, 2], [3, 4]])
    for name in ("all_sum", "all_gather", "all_max", "all_min", "sum_scatter"):
        function = getattr(mx.distributed, name)
        for result in (function(x), function(x, group=world), function(x, stream=mx.cpu)):
            assert result.tolist() == x.tolist() and result is not x
        assert function(mx.array(2.0)).shape == () and function(3).item() == 3
        y = function(x)
        y += 1
        assert x.tolist() == [[1, 2], [3, 4]]
        with pytest.raises(TypeError, match="group"):
            function(x, group=3)
    gradient = mx.grad(lambda a: mx.distributed.all_sum(a * a).sum())(mx.array([3.0]))
    assert gradient.tolist() == [6.0]
    assert mx.compile(lambda a: mx.distributed.all_sum(a) + 1)(mx.array(1)).item() == 2


def test_what_a_group_of_one_cannot_do():
    world = mx.distributed.init()
    x = mx.array(1)
    for call, error in (
        (lambda: mx.distributed.send(x, 0), ValueError),
        (lambda: mx.distributed.recv((2,), mx.float32, 0), ValueError),
        (lambda: mx.distributed.recv_like(x, 1), ValueError),
        (lambda: world.split(0), RuntimeError),
        (lambda: mx.distributed.init(strict=True), RuntimeError),
        (lambda: mx.distributed.init(backend="foo"), ValueError),
    ):
        with pytest.raises(error):
            call()


def test_depends():
    a, b = mx.array([1.0, 2.0]), mx.array([3.0])
    one = mx.depends(a, b)
    assert isinstance(one, mx.array) and one.tolist() == [1, 2]
    one += 1
    assert a.tolist() == [1, 2]
    several = mx.depends((a, b), [a * 2])
    assert isinstance(several, list) and [x.tolist() for x in several] == [[1, 2], [3]]
    assert mx.depends([], a) == [] and mx.depends(a, []).tolist() == [1, 2]
    gradients = mx.grad(lambda x, y: mx.depends(x * 2, y * 3).sum(), argnums=(0, 1))(a, b)
    assert [g.tolist() for g in gradients] == [[2, 2], [0]]
    assert mx.compile(lambda x, y: mx.depends(x + y, x))(a, b).tolist() == [4, 5]
    for bad in (3, {"a": a}, [a, 3]):
        with pytest.raises(TypeError):
            mx.depends(bad, a)
        with pytest.raises(TypeError):
            mx.depends(a, bad)
