"""Mistakes that fit any function: one change of the syntax tree each, planted wherever it applies.

They are those of forums, FAQs and tests of courses: ``*`` for ``@``, a lost transpose, another
axis. Nobody writes them for a new function; ``verify`` plants them all.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import cast

from autograder.judge.mistakes.nodes import called, operand
from autograder.judge.mistakes.script import Body, Script, copied
from autograder.judge.mistakes.statistic import of_another_argument
from autograder.words.text import Text

Change = Callable[[ast.AST], Iterator[ast.AST | None]]
"""Yields what may stand in place of a node; None where it is left out."""
AXIS = frozenset({"axis", "dim"})
KEEP = frozenset({"keepdims", "keepdim"})
_REDUCTIONS = frozenset(
    {"sum", "mean", "max", "min", "argmax", "argmin", "prod", "std", "var", "softmax", "norm"}
    | {"amax", "amin", "any", "all", "cumsum", "log_softmax", "logsumexp"}
)
_PLAIN = frozenset({"exp", "log", "sqrt", "abs", "square", "tanh", "sigmoid", "maximum", "relu"})
_COPIES = frozenset({"copy", "clone", "deepcopy"})
_TRANSPOSES = frozenset({"t", "transpose", "swapaxes", "permute"})
_MODES = frozenset({"train", "eval"})
_TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_EDGED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclasses.dataclass(frozen=True)
class Operator:
    """One kind of mistake."""

    id: str
    change: Change

    @property
    def condition(self) -> Text:
        """The end of the sentence "… what the right code would return …"."""
        return Text(f"condition-{self.id}")


def _renamed(call: ast.Call, name: str) -> ast.Call:
    found = copy.deepcopy(call)
    if isinstance(found.func, ast.Attribute):
        found.func.attr = name
    elif isinstance(found.func, ast.Name):
        found.func.id = name
    return found


def _matmul(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.BinOp(node.left, ast.Mult(), node.right)


def _transpose(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield node.value
    name, call = called(node)
    if call is not None and name in _TRANSPOSES:
        yield operand(call)


def _sum_lost(node: ast.AST) -> Iterator[ast.AST | None]:
    name, call = called(node)
    if call is not None and name in ("sum", "mean"):
        yield operand(call)


def _mean(node: ast.AST) -> Iterator[ast.AST]:
    name, call = called(node)
    others = {"sum": "mean", "mean": "sum", "max": "min", "min": "max"}
    others |= {"argmax": "argmin", "argmin": "argmax"}
    if call is not None and name in others:
        yield _renamed(call, others[name])


def _axis(node: ast.AST) -> Iterator[ast.AST]:
    name, call = called(node)
    if call is None:
        return
    for at, keyword in enumerate(call.keywords):
        if keyword.arg in AXIS and _whole(keyword.value) is not None:
            other = copy.deepcopy(call)
            other.keywords[at].value = ast.Constant(_other_axis(_whole(keyword.value) or 0))
            yield other
    if name in _REDUCTIONS:
        for at, argument in enumerate(call.args):
            value = _whole(argument)
            if value is not None and argument is not operand(call):
                other = copy.deepcopy(call)
                other.args[at] = ast.Constant(_other_axis(value))
                yield other


def _whole(node: ast.AST) -> int | None:
    """Return a whole number that is written down."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _whole(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def _other_axis(axis: int) -> int:
    return {0: 1, 1: 0, -1: 0, -2: -1}.get(axis, axis - 1)


def _keyword_lost(names: Collection[str]) -> Change:
    def change(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Call):
            for at, keyword in enumerate(node.keywords):
                if keyword.arg in names:
                    other = copy.deepcopy(node)
                    del other.keywords[at]
                    yield other

    return change


def _division(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv)):
        yield node.left


def _factor(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from (node.left, node.right)


def _term(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.left
        yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)


def _sign(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if not isinstance(node.operand, ast.Constant):
            yield node.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.BinOp(node.left, other, node.right)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.AugAssign(node.target, other, node.value)


def _compare_as(table: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Change:
    def change(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                if type(operator) in table:
                    other = copy.deepcopy(node)
                    other.ops[at] = table[type(operator)]()
                    yield other

    return change


def _condition(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)):
        bits = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
        yield ast.BinOp(node.left, bits, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield node.operand


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)


def _swapped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and len(node.args) > 1:
        first, second, *rest = node.args
        yield ast.Call(node.func, [second, first, *rest], node.keywords)


def _operands(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
        yield ast.BinOp(node.right, node.op, node.left)


def _results(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.Tuple(elts=[first, second, *rest])):
            yield ast.Return(ast.Tuple([second, first, *rest], ast.Load()))


def _overwritten(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)


def _plain(node: ast.AST) -> Iterator[ast.AST | None]:
    name, call = called(node)
    if call is not None and name in _PLAIN:
        yield operand(call)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left


def _copied(node: ast.AST) -> Iterator[ast.AST | None]:
    name, call = called(node)
    if call is not None and name in _COPIES:
        yield operand(call)


def _in_place(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=left), op=operator, right=right),
        ) if name == left:
            yield ast.AugAssign(ast.Name(name, ast.Store()), operator, right)


def _stored(node: ast.AST) -> Iterator[None]:
    """Leave out what is stored in an object, and calls that are made for what they do."""
    match node:
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign():
            yield None
        case ast.Expr(value=ast.Call()) if called(node.value)[0] not in _MODES:
            yield None


def _mode_lost(node: ast.AST) -> Iterator[None]:
    """Leave a model in the mode in which it is."""
    if isinstance(node, ast.Expr) and called(node.value)[0] in _MODES:
        yield None


def _argument(node: ast.AST) -> Iterator[ast.AST]:
    """Write into the first argument once the result is there."""
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("__"):
        return
    given = [one.arg for one in node.args.args if one.arg not in ("self", "cls")]
    last = node.body[-1]
    if given and isinstance(last, ast.Return) and last.value is not None:
        other = copy.deepcopy(node)
        kept = ast.Assign([ast.Name("_found", ast.Store())], last.value)
        write = ast.parse(f"{given[0]} *= 0").body
        other.body[-1:] = [kept, *write, ast.Return(ast.Name("_found", ast.Load()))]
        yield other


def _rounded(node: ast.AST) -> Iterator[ast.AST]:
    """Round to the nearest whole number in place of down."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        yield _round(ast.BinOp(node.left, ast.Div(), node.right))
    match node:
        case ast.Call(func=ast.Name(id="int"), args=[ast.BinOp(op=ast.Div()) as share]):
            yield _round(share)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr="floor"), args=[value]):
            yield _round(value)
        case ast.Call(func=ast.Attribute(attr="floor")):
            yield _renamed(node, "round")


def _round(value: ast.expr) -> ast.Call:
    return ast.Call(ast.Name("round", ast.Load()), [value], [])


def _train_mode(node: ast.AST) -> Iterator[ast.AST]:
    """End in train mode where the mode from before should be there again."""
    match node:
        case (
            ast.Call(func=ast.Attribute(attr="train"), args=[mode], keywords=[])
            | ast.Call(
                func=ast.Attribute(attr="train"), args=[], keywords=[ast.keyword(value=mode)]
            )
        ) if not isinstance(mode, ast.Constant):
            yield ast.Call(node.func, [], [])


def _mode_ignored(node: ast.AST) -> Iterator[ast.AST]:
    """Do what is for train mode alone in any mode; what keeps a mode for later goes on."""
    if isinstance(node, (ast.If, ast.IfExp)) and _is_mode(node.test):
        yield _with_test(node)
    if not isinstance(node, ast.Call) or called(node)[0] == "train":
        return
    for at, argument in enumerate(node.args):
        if _is_mode(argument):
            other = copy.deepcopy(node)
            other.args[at] = ast.Constant(value=True)
            yield other
    for at, keyword in enumerate(node.keywords):
        if _is_mode(keyword.value):
            other = copy.deepcopy(node)
            other.keywords[at].value = ast.Constant(value=True)
            yield other


def _with_test(node: ast.If | ast.IfExp) -> ast.AST:
    other = copy.deepcopy(node)
    other.test = ast.Constant(value=True)
    return other


def _is_mode(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "training"


OPERATORS: tuple[Operator, ...] = (
    Operator("product-by-place", _matmul),
    Operator("transpose-lost", _transpose),
    Operator("sum-lost", _sum_lost),
    Operator("other-reduction", _mean),
    Operator("other-axis", _axis),
    Operator("axis-lost", _keyword_lost(AXIS)),
    Operator("keepdims-lost", _keyword_lost(KEEP)),
    Operator("division-lost", _division),
    Operator("factor-lost", _factor),
    Operator("term-lost", _term),
    Operator("other-sign", _sign),
    Operator("comparison-edge", _compare_as(_EDGED)),
    Operator("comparison-turned", _compare_as(_TURNED)),
    Operator("condition-other", _condition),
    Operator("one-off", _constant),
    Operator("arguments-swapped", _swapped),
    Operator("operands-swapped", _operands),
    Operator("results-swapped", _results),
    Operator("sum-overwritten", _overwritten),
    Operator("function-lost", _plain),
    Operator("copy-lost", _copied),
    Operator("in-place", _in_place),
    Operator("not-stored", _stored),
    Operator("argument-changed", _argument),
    Operator("rounded", _rounded),
    Operator("other-statistic", of_another_argument),
    Operator("train-mode-after", _train_mode),
    Operator("mode-ignored", _mode_ignored),
    Operator("mode-lost", _mode_lost),
)
BY_ID: Mapping[str, Operator] = {operator.id: operator for operator in OPERATORS}


@dataclasses.dataclass(frozen=True)
class Planted:
    """A script with one such mistake in a function; ``line`` is that of the reference."""

    operator: Operator
    number: int
    line: int
    source: str


def planted_by_operators(script: Script, names: Collection[str]) -> Iterator[Planted]:
    """Yield a script for each place in the definitions of ``names`` where an operator applies."""
    counts: dict[str, int] = {}
    kept = script.kept()
    kinds = (ast.FunctionDef, ast.ClassDef)
    last = {s.name: s for s in kept if isinstance(s, kinds) and s.name in names}
    for definition in last.values():
        place = kept.index(definition)
        before, after = _code(kept[:place]), _code(kept[place + 1 :])  # nothing changes there
        for at, node in enumerate(ast.walk(definition)):
            for operator in OPERATORS:
                for new in operator.change(node):
                    fresh = None if new is None else copy.deepcopy(new)
                    changed = _with(definition, at, fresh)
                    counts[operator.id] = number = counts.get(operator.id, 0) + 1
                    source = (before + _code([changed]) + after).lstrip("\n") + "\n"
                    yield Planted(operator, number, getattr(node, "lineno", 0), source)


def _code(statements: Body) -> str:
    """Return code that stands behind other code: a line break first, two before a definition."""
    found = ast.unparse(ast.Module([ast.Pass(), *statements], []))
    return found.removeprefix("pass")


def _with(definition: ast.stmt, at: int, new: ast.AST | None) -> ast.stmt:
    """Return a copy of a definition with another node in the place of one, numbered in order."""
    changed = copied(definition)
    old = next(itertools.islice(ast.walk(changed), at, None))
    found = _Replacing(old, new).visit(changed)
    return ast.fix_missing_locations(cast("ast.stmt", found))


class _Replacing(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return what stands there then."""
        if node is not self._old:
            found: ast.AST = self.generic_visit(node)
            return found
        if self._new is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(self._new, node)
