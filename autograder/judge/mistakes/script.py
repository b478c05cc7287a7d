"""A submission as a syntax tree in which mistakes are planted."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeVar

from autograder.protocol.array import unpack
from autograder.protocol.job import Contract, Module, Role, Situation

Body = list[ast.stmt]
Node = TypeVar("Node", bound=ast.AST)


def copied(node: Node) -> Node:
    """Return a deep copy of a tree, several times faster than ``copy.deepcopy``."""
    made = node.__class__.__new__(node.__class__)
    for name, value in vars(node).items():
        if isinstance(value, list):
            parts = [copied(one) if isinstance(one, ast.AST) else one for one in value]
            setattr(made, name, parts)
        else:
            setattr(made, name, copied(value) if isinstance(value, ast.AST) else value)
    return made


class Script:
    """One script, the contract that it is driven by, and the lab's own situation."""

    def __init__(self, tree: ast.Module, contract: Contract, preset: Situation) -> None:
        self.tree = tree
        self.contract = contract
        self.preset = preset
        self._code = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names, as the spec has them."""
        return tuple(self.preset.start)

    @property
    def is_module(self) -> bool:
        """Whether the parameters live in a model."""
        return isinstance(self.contract, Module)

    @property
    def rate(self) -> float:
        """The lab's learning rate."""
        return self.preset.learning_rate

    def start(self, name: str) -> float | list[object]:
        """Return a start value as plain numbers."""
        value: float | list[object] = unpack(self.preset.start[name]).tolist()
        return value

    @property
    def model_name(self) -> str:
        """The name of the model, as the script has it; with functions there is none."""
        models = self.contract.model if isinstance(self.contract, Module) else ("",)
        bound = {name for statement in self.tree.body for name in bound_names(statement)}
        return next((name for name in models if name in bound), models[0])

    def held(self, name: str, model: str = "") -> str:
        """Return the code of a list of one parameter, whatever ``model`` calls its layers."""
        if not self.is_module:
            return f"[{name}]"
        letter, size = self._looks(name)
        named = f"{model or self.model_name}.named_parameters()"
        found = f"_p for _n, _p in {named} if _n.rpartition('.')[2][:1] == {letter!r}"
        if sum(self._looks(one)[0] == letter for one in self.parameters) == 1:
            return f"[{found}]"
        place = [n for n in self.parameters if self._looks(n) == (letter, size)].index(name)
        return f"[{found} and _p.numel() == {size}][{place}:{place + 1}]"

    def _looks(self, name: str) -> tuple[str, int]:
        """Return what distinguishes a parameter: its first letter, and how many numbers."""
        return name.rpartition(".")[2][:1], unpack(self.preset.start[name]).size

    def copy(self) -> Script:
        """Return a script whose tree can be changed."""
        return Script(copied(self.tree), self.contract, self.preset)

    def finished(self, code: str) -> Script:
        """Return the script, which nobody changes any more, with its code."""
        self._code = code
        return self

    def source(self) -> str:
        """Return the code, without what the script only does: training, printing, drawing."""
        return self._code or ast.unparse(ast.Module(self.kept(), [])) + "\n"

    def kept(self) -> Body:
        """Return the statements of that code."""
        lasting = self._lasting()
        return [s for s in self.tree.body if not isinstance(s, ast.Expr) or _changes(s, lasting)]

    def _lasting(self) -> set[str]:
        """Return the names whose methods change what functions find later: models, optimizers."""
        contract = self.contract
        found = {"torch", *self.parameters}
        if isinstance(contract, Module):
            found |= {*contract.model, *contract.optimizer}
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign) and "optim" in names_in(statement.value):
                found |= bound_names(statement)
        return found

    def function(self, role: Role) -> ast.FunctionDef | None:
        """Return the definition of a function at the top level, the last one of its names."""
        for name in self.contract.names(role):
            found = [
                statement
                for statement in self.tree.body
                if isinstance(statement, ast.FunctionDef) and statement.name == name
            ]
            if found:
                return found[-1]
        return None

    def model_class(self) -> ast.ClassDef | None:
        """Return the class of the model: of one of its names, or the one that it is made of."""
        classes = {s.name: s for s in self.tree.body if isinstance(s, ast.ClassDef)}
        named = [n for n in self.contract.names("forward") if n in classes]
        if named:
            return classes[named[0]]
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                made = statement.value.func
                models = bound_names(statement) & {*self.contract.names("forward")}
                if models and isinstance(made, ast.Name) and made.id in classes:
                    return classes[made.id]
        return None

    def place_after(self, role: Role) -> tuple[str, int] | None:
        """Return the name under which a role is defined, and where its last definition ends."""
        for name in self.contract.names(role):
            ends = [i for i, s in enumerate(self.tree.body, start=1) if name in bound_names(s)]
            if ends:
                return name, ends[-1]
        return None


def bound_names(statement: ast.stmt) -> set[str]:
    """Return the names that a top-level statement defines."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {t.id for t in statement.targets if isinstance(t, ast.Name)}
    return set()


def _changes(statement: ast.Expr, lasting: set[str]) -> bool:
    """Return whether a statement is a call of a method of one of these objects."""
    node: ast.AST = statement.value
    if not isinstance(node, ast.Call):
        return False
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in lasting


def parsed(code: str) -> Body:
    """Return the statements of a piece of code."""
    return ast.parse(code).body


def bodies(node: ast.AST) -> Iterator[Body]:
    """Yield every list of statements below a node, outer ones first."""
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(node, field, None)
        if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
            yield inner
            for statement in inner:
                yield from bodies(statement)
    for handler in getattr(node, "handlers", ()):
        yield from bodies(handler)


def is_call_of(statement: ast.stmt, names: Sequence[str]) -> bool:
    """Return whether a statement is just a call of a method or function of one of these names."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    called = statement.value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in names


def mentions(node: ast.AST, attribute: str) -> bool:
    """Return whether an attribute of that name is used below a node."""
    return any(isinstance(n, ast.Attribute) and n.attr == attribute for n in every_node(node))


def names_in(node: ast.AST) -> set[str]:
    """Return all names used below a node, those of attributes too."""
    found = set()
    for one in every_node(node):
        if isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.Attribute):
            found.add(one.attr)
    return found


def every_node(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it in any order, in half the time of ``ast.walk``."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        for value in vars(one).values():
            if isinstance(value, list):
                stack += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                stack.append(value)
