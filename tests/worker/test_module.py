"""nn.Module labs: the student's own objects are driven where they fit, others take their place."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

from autograder.protocol.array import unpack
from autograder.protocol.job import Budget
from autograder.worker.samples import Samples

from .module_labs import (
    BATCHES,
    CLASS,
    DATA,
    OBJECTS,
    SAMPLES,
    STEP,
    WHOLE,
    assert_same_training,
    by_hand,
    ends,
    kept,
    only_call,
    run,
    script,
    training,
    whole,
    whole_training,
)
from .observation import Observation

OWN, ISOLATED = ("public-1", "other", "continued"), ("isolated",)
STUB = CLASS.replace("return self.linear(x)", "raise NotImplementedError")


@pytest.fixture
def reference() -> Observation:
    """A right submission of the lab with batches, observed."""
    return run(script())


@pytest.fixture
def reference_whole() -> Observation:
    """A right submission of the lab without batches, observed."""
    return run(whole(), plan=WHOLE)


def kinds(found: Observation, names: tuple[str, ...]) -> set[str | None]:
    """Return the kinds of failure of these scenarios, None for one that ran."""
    failures = (found.scenarios[name].failure for name in names)
    return {failure.kind if failure else None for failure in failures}


# Right submissions


@pytest.mark.parametrize("scenario", OWN)
def test_training_ends_where_gradient_descent_by_hand_does(
    scenario: str, reference: Observation, reference_whole: Observation
) -> None:
    """One step a batch, in the order of the data, or one an iteration."""
    for plan, found in ((BATCHES, reference), (WHOLE, reference_whole)):
        assert found.failures() == []
        np.testing.assert_allclose(ends(found)[scenario], by_hand(plan, scenario), rtol=1e-4)


def test_every_name_may_be_an_alias(reference: Observation) -> None:
    source = script()
    for name, alias in (
        ("Line", "OtherLine"),
        ("criterion", "loss_fn"),
        ("train_model", "fit"),
        ("model", "net"),
        ("optimizer", "opt"),
        ("dataset", "points"),
        ("loader", "batches"),
    ):
        source, count = re.subn(rf"\b{name}\b", alias, source)
        assert count >= 1
    found = run(source)
    assert found.loading.defined == {
        "forward": "OtherLine",
        "criterion": "loss_fn",
        "train_model": "fit",
    }
    assert_same_training(found, reference)


def test_a_class_of_any_name_will_do_where_the_model_has_the_lab_s(
    reference: Observation,
) -> None:
    found = run(re.sub(r"\bLine\b", "MyOwnNet", script()))
    assert found.loading.defined["forward"] == "model"
    assert_same_training(found, reference)


def test_forward_is_probed_by_the_lab_s_names_with_gradients(reference: Observation) -> None:
    assert reference.probe_failures("forward") == [None] * 3
    probes = {probe.id: probe for probe in BATCHES.probes}
    for name, record in reference.probes.items():
        if name.startswith("forward"):
            probe = probes[name]
            x, cotangent = unpack(probe.x), unpack(probe.cotangent)
            assert record.gradients is not None
            assert list(record.gradients) == ["linear.weight", "linear.bias"]
            gradients = [unpack(array).item() for array in record.gradients.values()]
            wanted = [(x * cotangent).sum(), cotangent.sum()]
            np.testing.assert_allclose(gradients, wanted, rtol=1e-4)


@pytest.mark.parametrize(
    "train",
    [
        training(STEP.replace("model(x)", "model.forward(x)")),
        training(STEP.replace("criterion(model(x), y)", "criterion(y, model(x))")),
        training(over="zip(dataset.x, dataset.y)"),
        training(over="(dataset[i] for i in range(len(dataset)))"),
        training(over="DataLoader(dataset, batch_size=1)"),
        training(STEP.replace("optimizer.zero_grad()", "model.zero_grad()")),
        training(
            "def closure():\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n"
            "    loss.backward()\n    return loss\noptimizer.step(closure)"
        ),
        training(
            "model.zero_grad()\ncriterion(model(x), y).backward()\n"
            "with torch.no_grad():\n"
            "    for p in model.parameters(): p -= optimizer.param_groups[0]['lr'] * p.grad"
        ),
        training(
            "own = dict(model.named_parameters())\n"
            "loss = lambda p: criterion(torch.func.functional_call(model, p, (x,)), y)\n"
            "slopes = torch.func.grad(loss)(own)\n"
            "for name, p in own.items(): p.data -= lr * slopes[name]"
        ),
    ],
    ids=[
        "forward by name",
        "swapped arguments",
        "columns",
        "indices",
        "own loader",
        "model.zero_grad",
        "closure",
        "by hand",
        "functional call",
    ],
)
def test_every_right_way_ends_alike_also_where_isolated(train: str, reference: Observation) -> None:
    assert_same_training(run(script(train=train)), reference)


def test_a_second_run_leaves_the_same_bytes(reference: Observation) -> None:
    assert run(script()).sent == reference.sent


# The model


def test_the_student_s_own_model_is_driven_and_kept(reference: Observation) -> None:
    """Names bound to it, and to its parameters, before the scenarios must stay right."""
    source = script(end="first, weight = model, model.linear.weight\n")
    assert_same_training(run(source), reference)
    assert kept("model") is kept("first")
    assert kept("model").linear.weight is kept("weight")


def test_the_last_class_of_the_name_counts(reference: Observation) -> None:
    """The model was made of the class above; it is made again of the one below."""
    wrong = CLASS.replace("self.linear(x)", "self.linear(x) ** 2")
    assert run(script(model=wrong)).probes["forward-public-5"].value != (
        reference.probes["forward-public-5"].value
    )
    found = run(script(model=wrong, end=CLASS))
    assert_same_training(found, reference)
    assert found.probes["forward-public-5"] == reference.probes["forward-public-5"]


def test_a_model_that_was_never_made_is_made_with_the_lab_s_arguments(
    reference: Observation,
) -> None:
    assert_same_training(run(script(objects="")), reference)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("", "missing"),
        (CLASS.replace("super().__init__()", "raise NotImplementedError"), "not_implemented"),
        (CLASS.replace("super().__init__()", "1 / 0"), "exception"),
        (CLASS.replace("super().__init__()", "pass"), "exception"),
        (CLASS.replace("outputs)\n    def", "outputs, bias=False)\n    def"), "result"),
        (CLASS.replace("nn.Linear(", "(lambda *_: 0)("), "result"),
    ],
    ids=["no class", "stub", "raises", "no super", "no bias", "no parameters"],
)
def test_without_a_usable_model_forward_is_refused_and_isolated_training_runs(
    model: str, kind: str, reference: Observation
) -> None:
    found = run(script(model=model))
    assert {failure.kind for failure in found.probe_failures("forward") if failure} == {kind}
    assert found.probe_failures("criterion") == [None] * 3
    assert kinds(found, OWN) == {kind}
    assert kinds(found, ISOLATED) == {None}
    np.testing.assert_array_equal(ends(found)["isolated"], ends(reference)["isolated"])


def test_a_class_that_is_no_module_is_named_as_such() -> None:
    found = run(script(model=CLASS.replace("(nn.Module)", "")))
    failures = [(f.cause, f.values) for f in found.probe_failures("forward") if f]
    assert failures == [("not-a-module", {"name": "Line"})] * 3
    assert kinds(found, ISOLATED) == {None}


def test_a_stand_in_has_the_names_that_the_training_uses(reference: Observation) -> None:
    """The class cannot be built, and the function calls model and optimizer by their aliases."""
    source = script(model=CLASS.replace("super().__init__()", "1 / 0"))
    source = re.sub(r"\bmodel\b", "net", re.sub(r"\boptimizer\b", "opt", source))
    found = run(source)
    assert found.scenarios["isolated"].failure is None
    np.testing.assert_array_equal(ends(found)["isolated"], ends(reference)["isolated"])


def test_a_stub_of_forward_costs_forward_and_own_training(reference: Observation) -> None:
    found = run(script(model=STUB))
    assert {f.kind for f in found.probe_failures("forward") if f} == {"not_implemented"}
    assert found.probe_failures("criterion") == [None] * 3
    assert kinds(found, OWN) == {"not_implemented"}
    np.testing.assert_array_equal(ends(found)["isolated"], ends(reference)["isolated"])


def test_an_endless_constructor_costs_forward_alone(reference: Observation) -> None:
    endless = CLASS.replace("super().__init__()", "while True: pass")
    short = Budget(cells_seconds=0.5, call_seconds=0.3)
    found = run(script(model=endless, objects=""), budget=short)
    assert found.done
    assert {f.kind for f in found.probe_failures("forward") if f} == {"time"}
    assert found.probe_failures("criterion") == [None] * 3
    np.testing.assert_array_equal(ends(found)["isolated"], ends(reference)["isolated"])


def test_a_forward_that_needs_more_arguments_is_named_with_its_class() -> None:
    found = run(script(model=CLASS.replace("forward(self, x)", "forward(self, x, scale)")))
    (failure, *_) = [f for f in found.probe_failures("forward") if f]
    assert failure.kind == "signature"
    assert failure.text == "Line.forward: missing a required argument: 'scale'"


def test_each_scenario_starts_in_training_mode_with_trainable_parameters_and_no_gradients(
    reference: Observation,
) -> None:
    train = training(
        step="criterion(model(x), y).backward()\noptimizer.step()\noptimizer.zero_grad()",
        first="assert model.training",
        last="model.eval(); model.requires_grad_(False); model.linear.bias.grad = x.view(-1)",
    )
    found = run(script(train=train))
    single = ("public-1", "other", "isolated")
    assert kinds(found, single) == {None}
    for name in single:
        np.testing.assert_array_equal(ends(found)[name], ends(reference)[name])


def test_parameters_put_in_anew_count(reference: Observation) -> None:
    train = training(
        "model.zero_grad()\ncriterion(model(x), y).backward()\n"
        "for layer in model.children():\n"
        "    for name, p in list(layer.named_parameters()):\n"
        "        value = p.detach() - optimizer.param_groups[0]['lr'] * p.grad\n"
        "        setattr(layer, name, nn.Parameter(value))"
    )
    found = run(script(train=train))
    for name in OWN:
        assert found.scenarios[name].failure is None
        np.testing.assert_allclose(ends(found)[name], ends(reference)[name], rtol=1e-5)


def test_a_model_bound_anew_is_the_one_that_is_read_and_seen() -> None:
    train = training(
        first="global model; model = copy.deepcopy(model)",
        step=STEP.replace("optimizer.zero_grad()", "model.zero_grad()").replace(
            "optimizer.step()", "for p in model.parameters(): p.data -= lr * p.grad"
        ),
    )
    call = only_call(run(script(train=train)))
    visited = unpack(call.visited)
    assert visited.shape == (SAMPLES, 2)
    np.testing.assert_allclose(
        [unpack(a).item() for a in call.parameters.values()],
        by_hand(BATCHES, "other")[0],
        rtol=1e-4,
    )


@pytest.mark.parametrize("model", [CLASS, STUB], ids=["own", "isolated"])
def test_a_deep_copy_predicts_with_its_own_parameters(model: str) -> None:
    train = training(
        first="twin = copy.deepcopy(model); twin.linear.weight.data.fill_(50.0); "
        "x = torch.ones(1, 1); assert not torch.equal(twin(x), model(x))"
    )
    found = run(script(model=model, train=train))
    assert kinds(found, ISOLATED if model is STUB else OWN) == {None}


def test_a_model_can_be_saved_while_it_trains(reference: Observation) -> None:
    save = "import io, pickle; pickle.dump(model, io.BytesIO())"
    assert_same_training(run(script(train=training(last=save))), reference)


def test_the_model_s_forward_is_given_back_after_each_run() -> None:
    run(script(end="own = Line.forward\n"))
    assert kept("Line").forward is kept("own")
    assert "forward" not in vars(kept("model"))


def test_an_inherited_forward_stays_inherited() -> None:
    found = run(script(model="class Line(nn.Linear):\n    pass\n"))
    assert found.failures() == []
    assert unpack(only_call(found).visited).shape == (SAMPLES, 2)
    assert "forward" not in vars(kept("Line"))


def test_torch_s_own_class_as_model_gets_its_forward_back() -> None:
    forward = nn.Linear.forward
    found = run(script(model="", objects=OBJECTS.replace("Line(", "nn.Linear(")))
    assert found.failures() == []
    assert nn.Linear.forward is forward


# The optimizer


def test_the_student_s_own_optimizer_is_driven_and_kept(reference: Observation) -> None:
    found = run(script(end="first = optimizer\n"))
    assert_same_training(found, reference)
    assert kept("optimizer") is kept("first")


def test_the_rate_of_the_situation_is_put_into_the_optimizer(reference: Observation) -> None:
    """The practice at the end of a lab leaves another rate there."""
    source = script(objects=OBJECTS.replace("lr=0.1", "lr=7.0"))
    assert_same_training(run(source), reference)


def test_an_optimizer_s_memory_is_emptied_before_each_scenario() -> None:
    objects = OBJECTS.replace("lr=0.1", "lr=0.1, momentum=0.9")
    warm = run(script(objects=objects, end="train_model(20)\n"))
    cold = run(script(objects=objects))
    assert warm.failures() == cold.failures() == []
    for name, wanted in ends(cold).items():
        np.testing.assert_array_equal(ends(warm)[name], wanted)
    plain = ends(run(script()))
    assert not np.allclose(ends(cold)["other"], plain["other"], rtol=1e-3), "momentum was kept"


@pytest.mark.parametrize(
    "objects",
    [
        OBJECTS + "model = Line(1, 1)\n",
        OBJECTS + "del optimizer\n",
        OBJECTS.replace("optim.SGD(model.parameters(), lr=0.1)", "None"),
    ],
    ids=["of the model before", "none", "not one"],
)
def test_an_optimizer_that_trains_nothing_of_the_model_is_replaced(
    objects: str, reference: Observation
) -> None:
    assert_same_training(run(script(objects=objects)), reference)


def test_an_optimizer_of_some_parameters_is_kept(reference: Observation) -> None:
    """That the bias never moves is the student's mistake."""
    objects = OBJECTS.replace("model.parameters()", "[model.linear.weight]")
    found = run(script(objects=objects))
    assert found.failures() == []
    weight, bias = ends(found)["other"][0]
    assert bias == 1.0
    assert weight not in (4.0, ends(reference)["other"][0][0])


def test_an_optimizer_of_another_name_follows_the_lab_s_rate(reference: Observation) -> None:
    step = STEP.replace("optimizer", "sgd")
    objects = OBJECTS.replace("optimizer", "sgd")
    assert_same_training(run(script(objects=objects, train=training(step))), reference)


def test_an_optimizer_of_another_name_keeps_a_rate_of_its_own(reference: Observation) -> None:
    step = STEP.replace("optimizer", "sgd")
    objects = OBJECTS.replace("optimizer", "sgd").replace("lr=0.1", "lr=0.2")
    found = run(script(objects=objects, train=training(step)))
    assert found.failures() == []
    assert not np.allclose(ends(found)["other"], ends(reference)["other"], rtol=1e-3)


# Dataset and loader


def test_data_are_copied_into_the_student_s_own_dataset(reference: Observation) -> None:
    found = run(script(end="first, column = dataset, dataset.y\n"))
    assert_same_training(found, reference)
    assert kept("dataset") is kept("first")
    last = BATCHES.scenarios[-1].scenario.situation.data["y"]
    np.testing.assert_array_equal(kept("column").numpy(), unpack(last))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n=6", "n=7"),
        ("self.y = 0 * self.x", "self.y = np.zeros((6, 1))"),
        ("(Dataset)", ""),
        ("self.x[index], self.y[index]", "self.x[index]"),
        ("self.x[index], self.y[index]", "self.y[index], self.x[index]"),
        ("self.x[index], self.y[index]", "2 * self.x[index], self.y[index]"),
        ("return self.x[index]", "return self.no_such_attribute[index]"),
        ("return len(self.x)", "return 5"),
        ("dataset = Points()", "points_of_mine = Points(); dataset = None"),
    ],
    ids=[
        "another size",
        "an array",
        "another class",
        "no pair",
        "pair turned round",
        "other numbers",
        "raises",
        "shorter",
        "no dataset",
    ],
)
def test_a_dataset_that_does_not_give_the_data_is_replaced(
    old: str, new: str, reference: Observation
) -> None:
    data = DATA.replace(old, new).replace("DataLoader(dataset", "DataLoader(dataset or [0]")
    assert data != DATA
    assert_same_training(run(script(data=data)), reference)
    assert isinstance(kept("dataset"), Samples)


def test_the_dataset_put_in_has_the_lab_s_attributes() -> None:
    run(script(data=DATA.replace("n=6", "n=7")))
    put_in, last = kept("dataset"), BATCHES.scenarios[-1].scenario.situation.data
    assert len(put_in) == put_in.len == SAMPLES
    np.testing.assert_array_equal(put_in.x.numpy(), unpack(last["x"]))
    np.testing.assert_array_equal(torch.stack([y for _, y in put_in]), unpack(last["y"]))


def test_a_plain_loader_is_kept(reference: Observation) -> None:
    assert_same_training(run(script(end="first = loader\n")), reference)
    assert kept("loader") is kept("first")


@pytest.mark.parametrize(
    "arguments",
    [
        "dataset, batch_size=1, shuffle=True",
        "dataset, batch_size=2",
        "dataset, batch_size=1, drop_last=True",
        "dataset, batch_size=1, sampler=[5, 4, 3, 2, 1, 0]",
        "Points(), batch_size=1",
    ],
    ids=["shuffled", "larger batches", "last dropped", "own order", "another dataset"],
)
def test_another_loader_than_the_lab_s_is_replaced(arguments: str, reference: Observation) -> None:
    data = DATA.replace("dataset, batch_size=1", arguments)
    assert_same_training(run(script(data=data, end="first = loader\n")), reference)
    assert kept("loader") is not kept("first")


@pytest.mark.parametrize(
    "loader", ["", "loader = list(DataLoader(dataset))\n"], ids=["none", "a list"]
)
def test_what_is_no_loader_is_replaced(loader: str, reference: Observation) -> None:
    data = DATA.partition("loader =")[0] + loader
    assert_same_training(run(script(data=data)), reference)


# Arrays


def test_data_are_copied_into_the_student_s_own_tensors(reference_whole: Observation) -> None:
    assert_same_training(run(whole(end="first = X\n"), plan=WHOLE), reference_whole)
    assert kept("X") is kept("first")


def test_numpy_arrays_stay_arrays_and_take_the_data(reference_whole: Observation) -> None:
    data = "X, y = np.zeros((6, 1)), np.zeros((6, 1), dtype=np.float32)\n"
    first = "inputs, targets = torch.tensor(X, dtype=torch.float32), torch.from_numpy(y)"
    step = STEP.replace("model(x), y", "model(inputs), targets")
    found = run(whole(whole_training(step, first), data=data, end="first = X\n"), plan=WHOLE)
    assert_same_training(found, reference_whole)
    assert kept("X") is kept("first")
    last = WHOLE.scenarios[-1].scenario.situation.data["X"]
    np.testing.assert_array_equal(kept("X"), unpack(last))


@pytest.mark.parametrize(
    "data",
    ["", "X, y = torch.zeros(9, 1), None\n", "X = y = np.zeros((6, 1), dtype=int)\n"],
    ids=["none", "another size", "whole numbers"],
)
def test_names_are_bound_to_tensors_where_nothing_takes_the_data(
    data: str, reference_whole: Observation
) -> None:
    assert_same_training(run(whole(data=data), plan=WHOLE), reference_whole)


# Extra parameters


@pytest.mark.parametrize(
    "parameters",
    [
        "model=model, optimizer=optimizer, criterion=criterion, loader=loader",
        "*, loader=loader, model=model, optimizer=optimizer, verbose=False",
        "model=None, optimizer=None, criterion=None, loader=None",
    ],
    ids=["defaults", "keywords", "None"],
)
def test_defaults_named_like_globals_get_the_globals_of_now(
    parameters: str, reference: Observation
) -> None:
    train = training().replace("model(epochs)", f"model(epochs, {parameters})")
    practice = "model = Line(1, 1)\noptimizer = optim.SGD(model.parameters(), lr=0.5)\n"
    assert_same_training(run(script(train=train, end=practice)), reference)


def test_defaults_named_like_aliases_get_the_globals_of_now(reference: Observation) -> None:
    step = "loss = loss_fn(net(x), y)\nopt.zero_grad()\nloss.backward()\nopt.step()"
    train = training(step, over="batches").replace(
        "model(epochs)",
        "model(epochs, net=model, opt=optimizer, loss_fn=criterion, batches=loader)",
    )
    practice = "model = Line(1, 1)\noptimizer = optim.SGD(model.parameters(), lr=0.5)\n"
    assert_same_training(run(script(train=train, end=practice)), reference)


def test_defaults_that_are_the_lab_s_objects_get_those_of_now(reference: Observation) -> None:
    """Whatever the parameters are called; isolated, the criterion is a stand-in too."""
    step = "loss = c(m(x), y)\no.zero_grad()\nloss.backward()\no.step()"
    train = training(step, over="d").replace(
        "model(epochs)", "model(epochs, m=model, o=optimizer, c=criterion, d=loader)"
    )
    practice = "model = Line(1, 1)\noptimizer = optim.SGD(model.parameters(), lr=0.5)\n"
    assert_same_training(run(script(train=train, end=practice)), reference)


def test_a_default_of_another_name_stays() -> None:
    train = training(last="assert times == 3").replace("model(epochs)", "model(epochs, times=3)")
    assert run(script(train=train)).failures() == []


# What is recorded


def test_one_row_is_recorded_for_each_batch(reference: Observation) -> None:
    call = only_call(reference)
    visited = unpack(call.visited)
    assert visited.shape == (SAMPLES, 2)
    np.testing.assert_array_equal(visited[0], [4.0, 1.0])
    assert call.steps_seen == SAMPLES
    assert unpack(call.held).size == 0
    fresh = np.hstack([unpack(call.fresh[name]) for name in call.parameters])
    end = ends(reference)["other"][0]
    np.testing.assert_allclose(
        np.diff(np.vstack([visited, end]), axis=0), -0.05 * fresh, rtol=1e-3, atol=1e-6
    )
    for name, rows in call.fresh.items():
        np.testing.assert_array_equal(unpack(rows), unpack(call.buffers[name]))


def test_rows_are_held_at_each_backward_where_the_model_is_not_called(
    reference: Observation,
) -> None:
    step = STEP.replace("model(x)", "x @ model.linear.weight.T + model.linear.bias")
    found = run(script(train=training(step)))
    for name in OWN:
        np.testing.assert_allclose(ends(found)[name], ends(reference)[name], rtol=1e-5)
    assert found.scenarios["other"].prefixes is None
    call = only_call(found)
    assert unpack(call.visited).size == 0
    np.testing.assert_allclose(unpack(call.held), unpack(only_call(reference).visited), rtol=1e-5)


@pytest.mark.parametrize(
    ("look", "rows"),
    [
        ("copy.deepcopy(model)(x)", SAMPLES),
        ("torch.func.functional_call(model, {'linear.bias': torch.ones(1)}, (x,))", 2 * SAMPLES),
    ],
    ids=["a copy", "other parameters"],
)
def test_a_look_at_another_place_is_no_step(look: str, rows: int, reference: Observation) -> None:
    """Calls of a copy are not seen, and a functional call shows where the model itself is."""
    call = only_call(run(script(train=training(f"{look}\n{STEP}"))))
    visited, shown = unpack(call.visited), unpack(only_call(reference).visited)
    np.testing.assert_allclose(visited, np.repeat(shown, rows // SAMPLES, axis=0), rtol=1e-6)
    assert call.steps_seen == SAMPLES


def test_a_pass_without_steps_adds_rows_and_changes_no_training(reference: Observation) -> None:
    look = "torch.inference_mode()(lambda: [model(x) for x, _ in loader])()"
    found = run(script(train=training(last=look)))
    assert_same_training(found, reference)
    assert unpack(only_call(found).visited).shape == (2 * SAMPLES, 2)


FORMULA = """\
weight, bias = model.linear.weight.data, model.linear.bias.data
error = weight * x + bias - y
weight -= optimizer.param_groups[0]['lr'] * 2 * error * x
bias -= optimizer.param_groups[0]['lr'] * 2 * error.view(-1)
"""


def test_code_that_breaks_on_fewer_batches_costs_nothing(reference: Observation) -> None:
    train = training(FORMULA, last="assert len(dataset) == 6")
    found = run(script(train=train))
    for name in OWN:
        assert found.scenarios[name].failure is None
        np.testing.assert_allclose(ends(found)[name], ends(reference)[name], rtol=1e-4)
    assert found.scenarios["other"].prefixes is None


# Stand-ins


@pytest.mark.parametrize(
    "source",
    [
        script(model=CLASS.replace("self.linear(x)", "self.linear(x) + 1")),
        script(criterion="criterion = nn.L1Loss()\n"),
        script(criterion="def loss_fn(yhat, y):\n    raise ValueError\n").replace(
            "criterion(", "loss_fn("
        ),
        script(
            model=STUB,
            train=training(
                "own = dict(model.named_parameters())\n"
                "loss = lambda p: criterion(torch.func.functional_call(model, p, (x,)), y)\n"
                "slopes = torch.func.grad(loss)(own)\n"
                "for name, p in own.items(): p.data -= lr * slopes[name]"
            ),
        ),
        script(model=STUB, train=training(STEP.replace("model(x)", "model.forward(x)"))),
    ],
    ids=["wrong model", "wrong loss", "loss by alias", "functional call", "forward by name"],
)
def test_isolated_training_is_that_of_the_stand_ins(source: str, reference: Observation) -> None:
    found = run(source)
    assert found.scenarios["isolated"].failure is None
    np.testing.assert_allclose(ends(found)["isolated"], ends(reference)["isolated"], rtol=1e-5)
    assert not np.allclose(ends(reference)["isolated"], by_hand(BATCHES, "isolated"), rtol=1e-2)
