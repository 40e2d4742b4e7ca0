"""Would the checks see it?  python -m dlnotes.exercises.mutants [names ...]

Every reference is changed in one place after the other, a sign, an axis, a constant, a comparison, and each
of these mutants is judged as a reader's answer.  One that passes shows what the cases of its exercise cannot
see, or is no mistake: y / b is y * b for b = 1 and -1.
"""

import argparse
import ast
import inspect
import sys
from collections.abc import Callable
from typing import NamedTuple

from dlnotes.exercises import find, names, reference
from dlnotes.exercises.judging import assess, outcomes
from dlnotes.exercises.registry import cases

WANTED = 0.95  # the share of mutants that must fail
SECONDS = 1  # for all cases of a mutant: some never end
OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}
PAIRS = [("mean", "sum"), ("max", "min"), ("argmax", "argmin"), ("maximum", "minimum"), ("any", "all")]
SWAPPED = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
BUILT_IN = {"max", "min", "any", "all"}
DROPPED = {"abs", "exp", "expm1", "log", "log1p", "sqrt", "square"}


class Mutant(NamedTuple):
    """A changed reference, and the line of code that has the change."""

    answer: Callable
    line: str


def mutants(exercise):
    """Yield a `Mutant` for each change of an exercise's reference, or of a function beside it that it calls.

    The student edition has no references, and raises a `ValueError`.
    """
    module = inspect.getmodule(reference(exercise.name))
    tree = ast.Module(_reached(exercise.name, ast.parse(inspect.getsource(module))), [])
    for statement, place, index in _places(tree):
        original = place[index]
        for changed in _changes(original):
            place[index] = changed
            scope = dict(vars(module))
            exec(compile(ast.fix_missing_locations(tree), f"<a mutant of {exercise.name}>", "exec"), scope)
            yield Mutant(scope[exercise.name], ast.unparse(statement).splitlines()[0])
        place[index] = original


def _reached(name, tree):
    """The function `name` of a module and those beside it that it calls, all without their decorators."""
    known = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {}
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) in known and one not in found:
            found[one] = known[one]
            known[one].decorator_list = []
            waiting += [node.id for node in ast.walk(known[one]) if isinstance(node, ast.Name)]
    return list(found.values())


def _places(node, statement=None):
    """Yield (statement, place, index) of all that is inside of `node`: it stands there as place[index]."""
    for field, value in vars(node).items():
        place, indices = (value, range(len(value))) if isinstance(value, list) else (vars(node), [field])
        for index in indices:
            child = place[index]
            if not isinstance(child, ast.AST):
                continue
            around = child if isinstance(child, ast.stmt) else statement
            yield around, place, index
            if getattr(child, "arg", None) != "axis":  # as a whole: for a matrix, axis=-1 is axis=1
                yield from _places(child, around)


def _changes(node):
    """Yield what may stand in the place of `node`."""
    for operator in OPERATORS.get(type(node), []):
        yield operator()
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert()):
            yield node.operand
        case ast.BinOp(op=ast.Add() | ast.Mult()):  # a term, a factor, a mask
            yield node.left
            yield node.right
        case ast.BinOp(op=ast.Sub() | ast.Div() | ast.Pow()):
            yield node.left
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Attribute() if node.attr in SWAPPED:
            yield ast.Attribute(node.value, SWAPPED[node.attr], node.ctx)
        case ast.Name() if node.id in BUILT_IN:
            yield ast.Name(SWAPPED[node.id], node.ctx)
        case ast.Call(func=ast.Attribute(attr=name), args=[argument]) if name in DROPPED:
            yield argument
        case ast.Tuple(elts=[one, other]) if any(isinstance(part, ast.Slice) for part in node.elts):
            yield ast.Tuple([other, one], node.ctx)
        case ast.keyword(arg="axis"):
            yield ast.keyword("axis", ast.Constant(int(ast.unparse(node.value) == "0")))
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
            if value >= 1:
                yield ast.Constant(value - 1)


def verdicts(exercise):
    """Yield (mutant, verdict) for each mutant of an exercise."""
    wanted = cases(exercise)
    drawn = [arguments for arguments, _ in wanted]
    for mutant in mutants(exercise):
        yield mutant, assess(exercise, wanted, outcomes(mutant.answer, drawn, SECONDS))


def main(argv=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dlnotes.exercises.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="of exercises (default: all)")
    total = killed = 0
    print(f"{'':46}{'mutants':>8}{'killed':>8}{'recognized':>12}")
    for exercise in map(find, parser.parse_args(argv).names or names()):
        found = list(verdicts(exercise))
        alive = [mutant for mutant, verdict in found if verdict.state != "fail"]
        known = {one.message for one in exercise.mistakes}
        recognized = sum(verdict.reason in known for _, verdict in found)
        print(f"{exercise.key:46}{len(found):8}{len(found) - len(alive):8}{recognized:12}", flush=True)
        for mutant in alive:
            print(f"    survives: {mutant.line}")
        total, killed = total + len(found), killed + len(found) - len(alive)
    share = killed / max(total, 1)
    print(f"{killed} of {total} mutants are killed, {share:.1%}; wanted are {WANTED:.0%}")
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main())
