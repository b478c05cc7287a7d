"""Plant mistakes into forward and criterion: put another function around the right one.

What is put around computes what the mistake would, whatever the right function looks like.
"""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Iterator

from autograder.judge.mistakes.mistake import Plant
from autograder.judge.mistakes.nodes import names_in
from autograder.judge.mistakes.script import Body, Script, bound_names, parsed
from autograder.protocol.job import inputs_of, is_numpy, outputs_of

FORWARD = """\
def {made}(x):
    yhat = {kept}(x)
    {code}
"""
CRITERION = """\
def {made}(yhat, y):
    loss = {kept}(yhat, y)
    {code}
"""
BY_HAND = """\
{kept}_own = {made}
def {kept}(*given):
    import numpy
    return {kept}_own(*(numpy.asarray(one) for one in given))
def {kept}_planted({given}, {found}):
    {code}
def {made}({given}):
    import numpy, torch
    values = (*({given},), {kept}({given}))
    found = {kept}_planted(*(torch.as_tensor(numpy.asarray(one)) for one in values))
    return found.numpy()[()] if isinstance(found, torch.Tensor) else found
"""  # what is planted computes with tensors, the lab's functions with arrays
METHOD = """\
def {made}(self, x):
    yhat = {kept}(self, x)
    {code}
"""


def around_forward(script: Script, code: str) -> Iterator[Script]:
    """Yield the script with ``code`` at the end of forward; it finds ``x`` and ``yhat``."""
    place = script.place_after("forward")
    if place is None:
        return
    name, index = place
    planted = script.copy()
    model = script.model_class()
    if script.is_module and model is not None:
        name = model.name
        index = max(_after_forward(script, name), 1 + script.tree.body.index(model))
        kept = _kept(script, name)
        made = f"_made{kept}"
        new = _parsed(
            script,
            f"{kept} = {name}.forward\n"
            + METHOD.format(made=made, kept=kept, code=code)
            + f"{name}.forward = {made}\n",
        )
    elif script.is_module:
        index = max(_after_forward(script, name), index)
        kept = _kept(script, name)
        made = f"_made{kept}"
        new = _parsed(
            script,
            f"{kept}_bound = {name}.forward\n{kept} = lambda self, x: {kept}_bound(x)\n"
            + METHOD.format(made=made, kept=kept, code=code)
            + f"{name}.forward = lambda x: {made}({name}, x)\n",
        )
    else:
        new = _around(script, name, FORWARD, code, given="x", found="yhat")
    planted.tree.body[index:index] = new
    yield planted


def _after_forward(script: Script, name: str) -> int:
    """Return the place after what is put around a class's or model's forward already, or 0."""
    code = f"{name}.forward"
    places = [
        index
        for index, statement in enumerate(script.tree.body, start=1)
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == code
    ]
    return max(places, default=0)


def _kept(script: Script, name: str) -> str:
    """Return a new name, under which the function is kept that is put another one around."""
    bound = {each for statement in script.tree.body for each in bound_names(statement)}
    kept = f"_right_{name}"
    while kept in bound:
        kept = f"_{kept}"
    return kept


def around_criterion(script: Script, code: str) -> Iterator[Script]:
    """Yield the script with ``code`` at the end of criterion; it finds yhat, y and loss."""
    place = script.place_after("criterion")
    if place is None:
        return
    name, index = place
    new = _around(script, name, CRITERION, code, given="yhat, y", found="loss")
    planted = script.copy()
    planted.tree.body[index:index] = new
    yield planted


def _around(script: Script, name: str, template: str, code: str, *, given: str, found: str) -> Body:
    """Return the statements that put ``code`` around a function, in whatever it computes."""
    kept = _kept(script, name)
    template = BY_HAND if is_numpy(script.contract) else f"{{kept}} = {{made}}\n{template}"
    values = {"made": name, "kept": kept, "code": code, "given": given, "found": found}
    return _parsed(script, template.format(**values))


def _parsed(script: Script, code: str) -> Body:
    """Return statements in which a forward takes all that the lab's own does."""
    if inputs_of(script.contract)[1:]:
        for one in ("(x)", ", x)", "lambda x:", "self, x:"):
            code = code.replace(one, f"{one[:-1]}, *more{one[-1]}")
    return parsed(code)


def _bias(script: Script) -> str | None:
    """Return the code of the bias inside forward, None where the lab has none."""
    for name in script.parameters:
        if name.rpartition(".")[2] in ("b", "bias"):
            return _inside(script, name)
    return None


def _weight(script: Script) -> str | None:
    for name in script.parameters:
        if name.rpartition(".")[2] in ("w", "weight"):
            return _inside(script, name)
    return None


def _inside(script: Script, name: str) -> str:
    """Return the code of a parameter inside forward, whatever the model calls it."""
    if not script.is_module:
        return script.code_of(name)
    return f"{script.held(name, 'self')}[0]"


def _is_line(script: Script) -> bool:
    """Whether predictions are a straight line in one input, so that terms can be taken away."""
    sizes = [len(array.data) for array in script.preset.start.values()]
    return all(size == 4 for size in sizes) and script.preset.data[script.contract.inputs].shape[
        1:
    ] in ((), (1,))


def bias_missing(script: Script) -> Iterator[Script]:
    """Take the bias away."""
    bias = _bias(script)
    if bias and (_is_line(script) or is_numpy(script.contract)):
        yield from around_forward(script, f"return yhat - {bias}")


def bias_subtracted(script: Script) -> Iterator[Script]:
    """Subtract the bias."""
    bias = _bias(script)
    if bias and _is_line(script):
        yield from around_forward(script, f"return yhat - 2 * {bias}")


def forward_adds_weight(script: Script) -> Iterator[Script]:
    """Add the weight to the input."""
    weight = _weight(script)
    if weight and _is_line(script):
        weight = f"{weight}.reshape(())" if script.is_module else weight
        yield from around_forward(script, f"return yhat - {weight} * x + {weight} + x")


def forward_ignores_parameters(script: Script) -> Iterator[Script]:
    """Compute with the start values, whatever the parameters are now."""
    if is_numpy(script.contract):  # what the values show
        return
    values = json.dumps([script.start(name) for name in script.parameters])
    if script.is_module:
        held = f"[{', '.join(_inside(script, name) for name in script.parameters)}]"
        again = "_right(self, x)"
    else:
        held = f"[{', '.join(script.parameters)}]"
        again = "_right(x)"
    place = script.place_after("forward")
    if place is None:
        return
    model = script.model_class() if script.is_module else None
    kept = _kept(script, model.name if model else place[0])
    code = (
        "import torch\n"
        f"    held = {held}\n"
        "    now = [p.data for p in held]\n"
        f"    for p, v in zip(held, {values}):\n"
        "        p.data = torch.tensor(v).reshape(p.shape)\n"
        f"    yhat = {again.replace('_right', kept)}.detach()\n"
        "    for p, v in zip(held, now):\n"
        "        p.data = v\n"
        "    return yhat"
    )
    yield from around_forward(script, code)


def forward_detached(script: Script) -> Iterator[Script]:
    """Cut the prediction off from the parameters."""
    yield from around_forward(script, "return yhat.detach()")


def forward_flat(script: Script) -> Iterator[Script]:
    """Give predictions in a shape that broadcasts against the targets."""
    shape = script.preset.data[script.contract.targets].shape
    if len(shape) > 1:
        yield from around_forward(script, "return yhat.reshape(-1)")


def forward_nothing(script: Script) -> Iterator[Script]:
    """Return nothing."""
    yield from around_forward(script, "return None")


def _count(script: Script) -> str:
    """Return the code of how many samples a mean is over: of each there may be several scores."""
    return "yhat.numel()" if outputs_of(script.contract) is None else "y.numel()"


def of_differences(plant: Plant) -> Plant:
    """Return the plant for labs alone in which each prediction has a target of its own shape."""

    @functools.wraps(plant)
    def planted(script: Script) -> Iterator[Script]:
        if outputs_of(script.contract) is None:
            yield from plant(script)

    return planted


def softmax_in_forward(script: Script) -> Iterator[Script]:
    """Return probabilities where scores are asked for."""
    if outputs_of(script.contract) is not None:
        yield from around_forward(script, "return yhat.softmax(1)")


def loss_of_probabilities(script: Script) -> Iterator[Script]:
    """Take the softmax before a loss that takes it itself."""
    place = script.place_after("criterion")
    if place is not None and outputs_of(script.contract) is not None:
        kept = _kept(script, place[0])
        yield from around_criterion(script, f"return {kept}(yhat.softmax(1), y)")


def loss_sum(script: Script) -> Iterator[Script]:
    """Sum where the mean is asked for."""
    yield from around_criterion(script, f"return loss * {_count(script)}")


def loss_halved(script: Script) -> Iterator[Script]:
    """Halve the mean."""
    yield from around_criterion(script, "return loss / 2")


def loss_root(script: Script) -> Iterator[Script]:
    """Take the root of the mean."""
    yield from around_criterion(script, "return loss ** 0.5")


@of_differences
def loss_not_squared(script: Script) -> Iterator[Script]:
    """Average the differences themselves."""
    yield from around_criterion(script, "return (yhat - y).mean()")


@of_differences
def loss_absolute(script: Script) -> Iterator[Script]:
    """Average absolute differences."""
    yield from around_criterion(script, "return (yhat - y).abs().mean()")


@of_differences
def loss_squared(script: Script) -> Iterator[Script]:
    """Square where the lab asks for another loss."""
    yield from around_criterion(script, "return ((yhat - y) ** 2).mean()")


@of_differences
def loss_broadcast(script: Script) -> Iterator[Script]:
    """Compare every prediction with every target."""
    yield from around_criterion(
        script, "return ((yhat.reshape(-1, 1) - y.reshape(1, -1)) ** 2).mean()"
    )


def loss_first_sample(script: Script) -> Iterator[Script]:
    """Look at the first sample alone."""
    place = script.place_after("criterion")
    if place is not None:
        kept = _kept(script, place[0])
        yield from around_criterion(script, f"return {kept}(yhat[:1], y[:1])")


def loss_detached(script: Script) -> Iterator[Script]:
    """Cut the loss off from the predictions."""
    yield from around_criterion(script, "return loss.detach()")


def loss_nothing(script: Script) -> Iterator[Script]:
    """Return nothing."""
    yield from around_criterion(script, "return None")


def forward_squares_input(script: Script) -> Iterator[Script]:
    """Multiply the weight by the square of the input."""
    weight = _weight(script)
    if weight and _is_line(script):
        weight = f"{weight}.reshape(())" if script.is_module else weight
        yield from around_forward(script, f"return yhat - {weight} * x + {weight} * x**2")


def roles_exchanged(script: Script) -> Iterator[Script]:
    """Let the weight and the bias change places; or multiply the bias, too."""
    weight, bias = _weight(script), _bias(script)
    if weight and bias and _is_line(script):
        weight, bias = (f"{one}.reshape(())" if script.is_module else one for one in (weight, bias))
        right = f"{weight} * x + {bias}"
        yield from around_forward(script, f"return yhat - ({right}) + {bias} * x + {weight}")
        yield from around_forward(script, f"return yhat - ({right}) + {weight} * (x + {bias})")


def forward_shifted(script: Script) -> Iterator[Script]:
    """Add a number to every prediction."""
    yield from around_forward(script, "return yhat + 1")


def forward_scaled(script: Script) -> Iterator[Script]:
    """Turn the sign of every prediction round, or double it."""
    if _is_line(script):
        yield from around_forward(script, "return -yhat")
        yield from around_forward(script, "return 2 * yhat")


def forward_rounded(script: Script) -> Iterator[Script]:
    """Round every prediction."""
    if _is_line(script):
        yield from around_forward(script, "return yhat.round()")


class _Bare(ast.NodeTransformer):
    """Takes sigmoids away."""

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sigmoid":
            return node.args[0] if node.args else node.func.value
        return node


def _has_sigmoid(script: Script) -> bool:
    names = {name.lower() for name in names_in(script.tree)}
    return "sigmoid" in names


def sigmoid_missing(script: Script) -> Iterator[Script]:
    """Give the numbers that go into the sigmoid."""
    planted, model = script.copy(), None
    if script.is_module and _has_sigmoid(script):
        model = planted.model_class()
    if model is not None:
        model.body = [_Bare().visit(statement) for statement in model.body]
        yield planted


def sigmoid_twice(script: Script) -> Iterator[Script]:
    """Take the sigmoid of the probabilities again."""
    if _has_sigmoid(script):
        yield from around_forward(script, "import torch\n    return torch.sigmoid(yhat)")


def softmax_of_one(script: Script) -> Iterator[Script]:
    """Take the softmax over the one number of each row."""
    if _has_sigmoid(script):
        yield from around_forward(script, "import torch\n    return torch.softmax(yhat, dim=-1)")


@of_differences
def loss_square_of_mean(script: Script) -> Iterator[Script]:
    """Square the mean difference."""
    yield from around_criterion(script, "return (yhat - y).mean() ** 2")


@of_differences
def loss_huber(script: Script) -> Iterator[Script]:
    """Square small differences alone."""
    code = "import torch\n    return torch.nn.functional.huber_loss(yhat, y)"
    yield from around_criterion(script, code)


@of_differences
def loss_median(script: Script) -> Iterator[Script]:
    """Take the median of the squares."""
    yield from around_criterion(script, "return ((yhat - y) ** 2).median()")


def loss_fixed_count(script: Script) -> Iterator[Script]:
    """Divide by a number of points that is written down."""
    yield from around_criterion(script, f"return loss * {_count(script)} / 100")


def loss_scaled(script: Script) -> Iterator[Script]:
    """Multiply the loss by a number, or forget its sign."""
    yield from around_criterion(script, "return -loss")
    yield from around_criterion(script, "return 3 * loss")


def loss_for_logits(script: Script) -> Iterator[Script]:
    """Take probabilities for what goes into a sigmoid."""
    if _has_sigmoid(script):
        name = "torch.nn.functional.binary_cross_entropy_with_logits"
        yield from around_criterion(script, f"import torch\n    return {name}(yhat, y)")


@of_differences
def loss_arguments_swapped(script: Script) -> Iterator[Script]:
    """Take the targets for the predictions."""
    place = script.place_after("criterion")
    if place is not None:
        yield from around_criterion(script, f"return {_kept(script, place[0])}(y, yhat)")


def forward_other_formula(script: Script) -> Iterator[Script]:
    """Square every prediction; or take the probability of the other class."""
    if _has_sigmoid(script):
        yield from around_forward(script, "return 1 - yhat")
    elif _is_line(script):
        yield from around_forward(script, "return yhat ** 2")
        yield from around_forward(script, "return yhat.abs()")


@of_differences
def loss_other_formula(script: Script) -> Iterator[Script]:
    """Take another power of the differences, or the largest."""
    yield from around_criterion(script, "return ((yhat - y) ** 4).mean()")
    yield from around_criterion(script, "return ((yhat - y) ** 2).max()")
