"""What an answer that is to be written by hand uses: NumPy, its own helpers, and perhaps what it must not.

Nothing is run: the code of the function is looked at, and that of the reader's own functions that it calls.
"""

import builtins
import dis
import types
from collections import deque

MODULES = {  # may be used
    "builtins", "collections", "copy", "functools", "itertools", "math", "numpy", "operator", "typing",
}  # fmt: skip
TRICKS = {
    "__import__",
    "attrgetter",
    "compile",
    "delattr",
    "eval",
    "exec",
    "getattr",
    "globals",
    "locals",
    "methodcaller",
    "setattr",
    "vars",
}
WORDS = (
    "it uses {}: this one is to be written by hand, with NumPy, functools, itertools, math, operator and "
    "functions of your own"
)
GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME"}
ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
INSIDE = (  # what methods, properties, decorated functions, partial and vectorize call
    "__func__", "__self__", "fget", "__wrapped__", "func", "args", "keywords", "pyfunc",
)  # fmt: skip


def foreign(fn):
    """The name of something that the function `fn` uses and that is no work of its author's; "" without.

    What another function of the notebook uses is named with it: "helper, which uses torch".
    """
    home = getattr(fn, "__globals__", {})
    seen, waiting = {}, deque([(fn, "")])
    while waiting:
        one, way = waiting.popleft()
        if id(one) not in seen:
            seen[id(one)] = one
            if one is not fn and isinstance(one, types.FunctionType) and one.__globals__ is home:
                way = f"{one.__name__}, which uses "
            name, parts = _examined(one, home)
            if name:
                return way + name
            waiting += [(part, way) for part in parts]
    return ""


def is_allowed(name):
    """Whether an answer by hand may use what has this dotted name: a module, or something in it."""
    root, _, last = name.partition(".")
    return root.removeprefix("_") in MODULES and last.rpartition(".")[2] not in TRICKS


def is_hidden(name):
    """Whether a name is one of Python's own, such as `__globals__`, which leads to what is not seen here.

    A private `self.__weights` is not; `super().__init__()` and the `__name__` in every class lead nowhere.
    """
    return name.startswith("__") and name.endswith("__") and name not in ("__init__", "__name__")


def _examined(one, home):
    """The name of what is foreign in an object, or ""; and the objects inside of it."""
    if isinstance(one, types.FunctionType) and one.__globals__ is home:
        cells = [_content(cell) for cell in one.__closure__ or ()]
        name, parts = _of_code(one.__code__, home)
        return name, [*parts, *cells, one.__defaults__, one.__kwdefaults__]
    if isinstance(one, list | tuple | set | frozenset):
        return "", list(one)
    if isinstance(one, dict):
        return "", list(one.values())
    if isinstance(one, type) and one.__module__ == home.get("__name__"):
        return "", [*vars(one).values(), *one.__bases__]
    if type(one).__module__ == home.get("__name__"):
        return "", [type(one), *getattr(one, "__dict__", {}).values()]
    parts = [getattr(one, field, None) for field in INSIDE]
    module, name = _origin(one)
    if module == home.get("__name__") and not isinstance(one, types.FunctionType):
        return "", parts
    if not is_allowed(f"{module}.{name}"):
        return f"{module}.{name}".strip(".").removeprefix("builtins."), []
    return "", parts


def _origin(one):
    """The module and the name of an object, or of its type."""
    if isinstance(one, types.ModuleType):
        return one.__name__, ""
    if not isinstance(getattr(one, "__module__", None), str) or not hasattr(one, "__name__"):
        one = type(one)
    return one.__module__, one.__name__


def _of_code(code, home):
    """The same of a code object and those inside of it."""
    parts, current = [], None
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME" and not is_allowed(step.argval):
            return step.argval or "an import", []
        if step.opname in GLOBALS | ATTRIBUTES and is_hidden(step.argval):
            return step.argval, []
        if step.opname in GLOBALS:
            current = home.get(step.argval, getattr(builtins, step.argval, None))
        elif step.opname in ATTRIBUTES and isinstance(current, types.ModuleType):
            current = getattr(current, step.argval, None)
        else:
            current = None
        parts.append(current)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            name, more = _of_code(inner, home)
            if name:
                return name, []
            parts += more
    return "", parts


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # it is empty yet
        return None
