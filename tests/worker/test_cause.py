"""What real exceptions show, whatever Python's and PyTorch's words for it are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autograder.worker.cause import known_type
from autograder.worker.fault import describe

SNIPPETS = (
    ("torch.ones(1).sum().backward()", "cut-off"),
    ("(1.0).backward()", "number-backward"),
    ("loss = (w * w).sum(); loss.backward(); loss.backward()", "second-backward"),
    ("w -= 1", "leaf-in-place"),
    ("w.grad.zero_()", "none-emptied"),
    ("w.data -= 0.1 * w.grad", "none-read"),
    ("w.data.sub_(w.grad)", "none-read"),
    ("w.grad.data.zero_()", "none-used"),
    ("import no_such_module", "import"),
    ("from torch import no_such_thing", "import"),
    ("eval('1 +')", "syntax"),
    ("no_such_name", "unknown-name"),
    ("def f():\n    q += 1\nf()", "unbound-name"),
    ("[][0]", "no-place"),
    ("w ^ 2", "caret"),
    ("torch.ones(2, dtype=torch.long).mean()", "whole-numbers"),
    ("nn.Linear(1, 1)(w.double())", "mixed-fractions"),
    ("nn.Module()(w)", "no-forward"),
    ("torch.ones(5, 1) @ torch.tensor(2.0)", "no-dimensions"),
    ("torch.dot(torch.ones(2, 2), torch.ones(2))", "no-dimensions"),
    ("torch.mm(w, w)", "no-dimensions"),
    ("torch.ones(3) - torch.ones(5)", "shapes-apart"),
    ("torch.ones(5, 1) @ torch.ones(5, 1)", "shapes-apart"),
    ("torch.mv(torch.ones(2, 3), torch.ones(2))", "shapes-apart"),
    ("nn.Linear(2, 1)(torch.ones(4, 3))", "shapes-apart"),
    ("torch.ones(6).reshape(4, 2)", "shapes-apart"),
    ("torch.ones(3).expand(2, 2)", "shapes-apart"),
    ("nn.BCELoss()(torch.ones(3, 1), torch.ones(3))", "shapes-apart"),
    ("nn.Linear(1, 1)(0)", "no-tensor"),
    ("torch.exp(2.0)", "no-tensor"),
    ("w.grad = 0", "gradient-assigned"),
    ("for i in 5: pass", "one-only"),
    ("range(len(5))", "one-only"),
    ("q = []; q += 0.5", "one-only"),
    ("for i in torch.tensor(5): pass", "one-only"),
    ("a, b = torch.ones(3)", "parts-differ"),
    ("a, b, c = (1, 2)", "parts-differ"),
    ("w.numpy()", "numpy-of-graph"),
    ("(w * torch.ones(3)).backward()", "backward-of-many"),
    ("w.sum().backward(torch.ones(3))", "backward-of-many"),
    ("torch.ones(3).item()", "number-of-many"),
    ("float(torch.ones(3))", "number-of-many"),
    ("def f(x): pass\nf()", "other-arguments"),
    ("def f(x): pass\nf(1, 2)", "other-arguments"),
    ("nn.Sigmoid(w)", "other-arguments"),
    ("w(2)", "not-callable"),
    ("w.grad()", "not-callable"),
    ("def f(x): pass\nw - f", "not-called"),
    ("nn.Linear(1, 1)(w.detach)", "not-called"),
    ("torch.utils.data.DataLoader([1])[0]", "no-parts"),
    ("nn.BCELoss()(torch.tensor([1.5]), torch.ones(1))", "no-probabilities"),
    ("nn.MSELoss(torch.ones(3), torch.ones(3))", "number-of-many"),
    ("torch.optim.SGD(w, lr=0.1)", "nothing-to-optimize"),
    ("class A(nn.Module):\n    def __init__(self): self.a = nn.Linear(1, 1)\nA()", "no-super"),
    ("0.1 * (w, w)", "parts-used"),
    ("w - [w]", "parts-used"),
    ("torch.optim.SGD(nn.Linear(1, 1).parameters, lr=0.1)", "not-called"),
    ("None.append(1)", "list-lost"),
    ("None.item()", "result-none"),
    ("w.zero_grad()", "no-attribute"),
    ("nn.Linear(1, 1).layer", "no-attribute"),
    ("nn.MSELoss()(w, 1.0)", "no-attribute"),
    ("1 / 0", ""),
    ("raise ValueError('backward through the grass')", ""),
)


@pytest.mark.parametrize(("code", "cause"), SNIPPETS)
def test_an_exception_tells_its_cause(code: str, cause: str) -> None:
    namespace = {"torch": torch, "nn": nn, "w": torch.ones(1, requires_grad=True)}
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is
        exec(code, namespace)
    assert describe(caught.value).cause == cause


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("(1).gradient", "gradient"),
        ("None.item()", "item"),
        ("def f(x): pass\nf()", "f"),
        ("def f(x): pass\nf(1, 2)", "f"),
    ],
)
def test_an_exception_tells_the_attribute_or_function_it_is_about(code: str, name: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is
        exec(code, {})
    assert describe(caught.value).name == name


def test_the_name_and_pythons_own_class_are_told() -> None:
    with pytest.raises(NameError) as caught:
        exec("Yhat", {})
    found = describe(caught.value)
    assert (found.raised, found.name) == ("NameError", "Yhat")


def test_a_class_of_the_students_own_is_no_python_exception() -> None:
    lookalike = type("ValueError", (Exception,), {})
    assert describe(lookalike("7")).raised == "Exception"  # which is what it is made of
    assert describe(ValueError("7")).raised == "ValueError"


def test_only_types_of_the_libraries_are_named() -> None:
    assert [known_type(value) for value in (1.0, nn.MSELoss(), torch.ones(1))] == [
        "float",
        "MSELoss",
        "Tensor",
    ]
    assert known_type(type("X7", (), {})()) == ""
