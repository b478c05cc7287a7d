"""What happened tells mistakes that numbers do not show: errors, limits, rest, missing names."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
import pytest

from autograder.judge.diagnosis import failures
from autograder.judge.diagnosis import resting as rest
from autograder.judge.diagnosis.failures import Happening
from autograder.judge.evidence import ScenarioView
from autograder.judge.mistakes.failure_messages import (
    CELL,
    END,
    HAPPENED,
    IN_A_FUNCTION,
    NAMED,
    START,
    Told,
)
from autograder.judge.own_names import OwnNames
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import Contract, Functions, Module
from autograder.protocol.trace import (
    Cause,
    Failure,
    FailureKind,
    Landmark,
    Loading,
    Loop,
    Part,
    ScenarioRecord,
    Sighting,
    Trace,
    What,
)
from autograder.words.catalogue import say
from tests.judge import runs
from tests.judge.failures import failed

CONTRACT = Functions()
ABSENT = Failure(kind="missing", text="criterion")


def own(loading: Loading | None = None, contract: Contract = CONTRACT) -> OwnNames:
    return OwnNames(loading=loading, contract=contract)


def raised(text: str, kind: FailureKind = "exception", *, binds: tuple[str, ...] = ()) -> Failure:
    failure = failed(text, kind)
    return msgspec.structs.replace(failure, cell=3, line=5, binds=binds)


def result(cause: Cause) -> Failure:
    return Failure(kind="result", text="", cause=cause)


def timed(loop: Loop, *, binds: tuple[str, ...] = ()) -> Failure:
    return Failure(kind="time", text="TimeUp", cell=3, line=5, loop=loop, seconds=2.0, binds=binds)


def in_training(
    text: str,
    *,
    backwards: int = 0,
    shadowed: tuple[str, ...] = (),
    holding: Literal["", "other", "frozen"] = "",
) -> str:
    record = ScenarioRecord(id="s", failure=raised(text), backwards=backwards, holding=holding)
    found = failures.of_training(record, ("w", "b"), own(Loading(shadowed=shadowed)))
    return " | ".join(what.id for what in found)


@pytest.mark.parametrize(
    ("failure", "mistake"),
    [
        (raised("NotImplementedError", "not_implemented"), "not-implemented"),
        (raised("def forward(x, w): missing a required argument: 'w'", "signature"), "wrong-signature"),
        (timed("while"), "infinite-loop"),
        (timed("for"), "too-slow"),
        (timed("fixed"), "fixed-iterations"),
        (timed(""), "too-slow"),
        (raised("", "wait"), "waits-forever"),
        (raised("RuntimeError: can't allocate memory", "memory"), "memory-exhausted"),
        (raised("sklearn", "module"), "import-error"),
        (raised("SystemExit: 0", "exit"), "program-ended"),
        (result("nothing-returned"), "returns-nothing"),
        (result("number-returned"), "graph-broken"),
        (raised("AttributeError: 'float' object has no attribute 'backward'"), "graph-broken"),
        (
            raised("RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"),
            "graph-broken",
        ),
        (raised("ModuleNotFoundError: No module named 'losses'"), "import-error"),
        (raised("ImportError: cannot import name 'mse' from 'torch'"), "import-error"),
        (raised("SyntaxError: invalid syntax"), "syntax-error"),
        (raised("NameError: name 'Yhat' is not defined"), "unknown-name"),
        (
            raised(
                "UnboundLocalError: cannot access local variable 'LOSS' where it is not associated "
                "with a value"
            ),
            "shadowed-name",
        ),
        (
            raised(
                "RuntimeError: a leaf Variable that requires grad is being used in an in-place "
                "operation."
            ),
            "leaf-changed-in-place",
        ),
        (
            raised("RuntimeError: Trying to backward through the graph a second time"),
            "prediction-outside-loop",
        ),
        (
            raised("RuntimeError: mean(): could not infer output dtype. Got: Long"),
            "wrong-dtype",
        ),
        (raised("RuntimeError: Found dtype Long but expected Float"), "wrong-dtype"),
        (
            raised("RuntimeError: expected m1 and m2 to have the same dtype, but got: long int != float"),
            "wrong-dtype",
        ),
        (raised("RuntimeError: Found dtype Double but expected Float"), "mixed-dtype"),
        (
            raised("RuntimeError: mat1 and mat2 must have the same dtype, but got Double and Float"),
            "mixed-dtype",
        ),
        (
            raised("RuntimeError: expected m1 and m2 to have the same dtype, but got: float != double"),
            "mixed-dtype",
        ),
        (raised("RuntimeError: expected scalar type Float but found Double"), "mixed-dtype"),
        (
            raised("RuntimeError: both arguments to matmul need to be at least 1D, but they are 2D and 0D"),
            "dimensions-missing",
        ),
        (
            raised("RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x3 and 2x1)"),
            "shapes-apart",
        ),
        (
            raised("TypeError: linear(): argument 'input' (position 1) must be Tensor, not int"),
            "not-a-tensor",
        ),
        (
            raised("NotImplementedError: \"bitwise_xor_cpu\" not implemented for 'Float'"),
            "caret-power",
        ),
        (
            raised("TypeError: unsupported operand type(s) for ^: 'float' and 'int'"),
            "caret-power",
        ),
    ],
)  # fmt: skip
def test_a_failure_tells_its_mistake(failure: Failure, mistake: str) -> None:
    found = failures.of_failure(failure, own(Loading()), "train_model")
    assert found is not None
    assert found.id == mistake


def test_a_number_of_times_is_asked_of_training_alone() -> None:
    found = failures.of_failure(timed("fixed"), own(), "forward")
    assert found is not None
    assert found.id == "too-slow"


def test_a_limit_is_told_by_its_size() -> None:
    for loop in ("while", "for", "fixed", ""):
        found = failures.of_failure(timed(loop), own(), "train_model")  # type: ignore[arg-type]
        assert found is not None
        assert "after 2 s of computing" in say(found.message(CONTRACT, "train_model"))


def test_a_model_without_forward_is_told_so() -> None:
    text = 'NotImplementedError: Module [Net] is missing the required "forward" function'
    failure = raised(text, "not_implemented")  # inside of forward: it calls another's
    outside = msgspec.structs.replace(failure, cell=None, line=None)
    found = failures.of_failure(outside, own(), "forward")
    assert found is not None
    assert "no method forward" in say(found.message(CONTRACT, "forward"))
    called = failures.of_failure(failure, own(), "forward")
    assert called is None or "no method forward" not in say(called.message(CONTRACT, "forward"))


@pytest.mark.parametrize(
    "text",
    [
        "forward returns a list, not a tensor",
        "ZeroDivisionError: division by zero",
    ],
)
def test_an_error_that_says_too_little_is_not_named(text: str) -> None:
    assert failures.of_failure(raised(text), own(Loading()), "train_model") is None
    assert in_training(text, backwards=1) == ""


@pytest.mark.parametrize(
    ("failure", "mistake"),
    [
        (raised("ValueError: no"), "name-missing"),
        (raised("invalid syntax", "syntax"), "syntax-error"),
        (raised("", "not_implemented"), "not-implemented"),
        (timed("while"), "infinite-loop"),
        (timed("for"), "too-slow"),
        (timed("fixed"), "too-slow"),
        (raised("", "wait"), "waits-forever"),
        (raised("", "memory"), "memory-exhausted"),
        (raised("", "exit"), "program-ended"),
        (raised("ImportError: no"), "import-error"),
    ],
)
def test_a_name_is_missing_for_what_its_cell_did_and_for_no_other(
    failure: Failure, mistake: str
) -> None:
    for binds, expected, place in (
        (("x", "criterion"), mistake, "code cell 3, line 5: "),
        (("x",), "name-missing", ""),
    ):
        guilty = msgspec.structs.replace(failure, binds=binds)
        found = failures.of_failure(ABSENT, own(Loading(failures=(guilty,))), "criterion")
        assert found is not None
        assert found.id == expected
        message = say(found.message(CONTRACT, "criterion"))
        assert message.startswith(place)
        assert "criterion is not defined" in message


def test_a_stub_without_a_name_is_told_where_nothing_else_is() -> None:
    stub = raised("NotImplementedError: Write your code here", "not_implemented")
    found = failures.of_failure(ABSENT, own(Loading(failures=(stub,))), "criterion")
    assert found is not None
    assert found.id == "not-implemented"
    seen = Sighting(what="function", role="criterion", name="mse", line=4)
    loading = Loading(failures=(stub,), sightings=(seen,))
    found = failures.of_failure(ABSENT, own(loading), "criterion")
    assert found is not None
    assert found.id == "name-missing"


def test_what_a_definition_lacked_is_the_cause_of_what_it_did_not_define() -> None:
    import_ = raised("ImportError: cannot import name 'BCE'", binds=("BCE",))
    lacking = raised("NameError: name 'BCE' is not defined", binds=("criterion",))
    found = failures.of_failure(ABSENT, own(Loading(failures=(import_, lacking))), "criterion")
    assert found is not None
    assert found.id == "import-error"
    alone = failures.of_failure(ABSENT, own(Loading(failures=(lacking,))), "criterion")
    assert alone is not None
    assert alone.id == "name-missing"


def test_names_that_lack_each_other_come_to_an_end() -> None:
    first = raised("NameError: name 'b' is not defined", binds=("criterion", "a"))
    second = raised("NameError: name 'a' is not defined", binds=("b",))
    found = failures.of_failure(ABSENT, own(Loading(failures=(first, second))), "criterion")
    assert found is not None


def test_of_several_cells_the_one_that_would_have_defined_the_name_is_told() -> None:
    import_ = raised("ModuleNotFoundError: No module named 'seaborn'", binds=("sns",))
    broken = raised("", "syntax", binds=("criterion",))
    found = failures.of_failure(ABSENT, own(Loading(failures=(import_, broken))), "criterion")
    assert found is not None
    assert found.id == "syntax-error"


def test_a_name_that_a_function_uses_is_missing_for_what_its_cell_did() -> None:
    failure = raised("ModuleNotFoundError: No module named 'cv2'", binds=("cv2", "F"))
    loading = Loading(failures=(failure,))
    used = raised("NameError: name 'F' is not defined")
    found = failures.of_failure(used, own(loading), "criterion")
    assert found is not None
    assert found.id == "import-error"
    message = say(found.message(CONTRACT, "criterion"))
    assert message.endswith("F is not defined. criterion uses it.")
    other = failures.of_failure(
        raised("NameError: name 'G' is not defined"), own(loading), "forward"
    )
    assert other is not None
    assert other.id == "unknown-name"


def test_a_message_begins_with_its_place() -> None:
    found = failures.of_failure(raised("", "not_implemented"), own(), "train_model")
    assert found is not None
    message = say(found.message(CONTRACT, "train_model"))
    assert message.startswith("code cell 3, line 5: train_model is not written yet")


def test_a_missing_class_is_called_by_the_name_that_the_lab_looks_for() -> None:
    contract = Module(model_class=("LinearRegression", "Model"))
    names = own(Loading(), contract)
    found = failures.of_failure(
        Failure(kind="missing", text="", cause="model-missing"), names, "forward"
    )
    assert found is not None
    assert say(found.message(contract, "forward")).startswith("LinearRegression is not defined")


@pytest.mark.parametrize("told", [IN_A_FUNCTION, CELL, START, END])
def test_every_sentence_is_one_that_can_be_filled_in(told: Told) -> None:
    for mistake in told[1]:
        what = Happening(id=mistake, told=told, failure=raised("", "time"))
        filled = say(what.message(CONTRACT, "train_model"))
        assert filled.endswith(".")
        assert "{" not in filled
    assert set(told[1]) <= set(HAPPENED)


def test_student_text_never_enters_a_message() -> None:
    for kind in FailureKind.__args__:
        failure = raised("NameError: name 'x7' is not defined {", kind)
        found = failures.of_failure(failure, own(), "forward")
        said = "" if found is None else say(found.message(CONTRACT, "forward"))
        assert "defined {" not in said
        assert said.count("x7") <= 1  # the name alone: an identifier, which travels as such


@pytest.mark.parametrize(
    ("cause", "mistake"),
    [("bias-lacking", "bias-missing"), ("parameters-differ", "other-parameters")],
)
def test_a_model_of_all_parameters_but_the_bias_leaves_it_out(
    cause: Cause, mistake: str | None
) -> None:
    found = failures.of_failure(result(cause), own(), "forward")
    assert (found.id if found else None) == mistake


@pytest.mark.parametrize(
    ("cause", "mistake"),
    [
        ("not-called", "function-not-called"),
        ("gradient-assigned", "gradient-not-a-tensor"),
        ("one-only", "not-iterable"),
        ("parts-differ", "wrong-unpacking"),
        ("parts-used", "not-a-number"),
        ("no-parts", "not-indexable"),
        ("no-place", "index-out-of-range"),
        ("numpy-of-graph", "numpy-of-graph"),
        ("backward-of-many", "backward-of-many"),
        ("number-of-many", "number-of-many"),
        ("other-arguments", "wrong-arguments"),
        ("not-callable", "not-a-function"),
        ("no-probabilities", "not-probabilities"),
        ("nothing-to-optimize", "nothing-to-optimize"),
        ("no-super", "super-not-called"),
        ("list-lost", "list-replaced"),
        ("result-none", "result-is-none"),
        ("no-attribute", "unknown-attribute"),
        ("not-a-module", "not-a-module"),
    ],
)
def test_a_cause_is_told_as_a_mistake(cause: Cause, mistake: str) -> None:
    found = failures.of_failure(Failure(kind="exception", text="", cause=cause), own(), "forward")
    assert found is not None
    assert found.id == mistake
    assert say(found.message(CONTRACT, "forward")).startswith(("forward", "The class"))


@pytest.mark.parametrize("mistake", NAMED)
@pytest.mark.parametrize("name", ["", "yhat_of_mine", "__init__"])
def test_a_name_is_told_where_it_is_known(mistake: str, name: str) -> None:
    failure = Failure(kind="exception", text="", name=name)
    filled = say(Happening(id=mistake, failure=failure).message(CONTRACT, "train_model"))
    assert "{" not in filled
    assert ("yhat_of_mine" in filled) is (name == "yhat_of_mine")


@pytest.mark.parametrize(
    ("own_values", "words"),
    [("", "has no parameters"), ("weight (1,), bias (1,), more (1,)", "other parameters")],
)
def test_a_model_of_other_parameters_is_told_so(own_values: str, words: str) -> None:
    values = {"own": own_values}
    failure = Failure(kind="result", text="", cause="parameters-differ", values=values)
    found = failures.of_failure(failure, own(), "forward")
    assert found is not None
    assert words in say(found.message(CONTRACT, "forward"))


UNBOUND = "UnboundLocalError: cannot access local variable 'w' where it is not associated"
CUT = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
NO_DATA = "AttributeError: 'NoneType' object has no attribute 'data'"
NO_ZERO = "AttributeError: 'NoneType' object has no attribute 'zero_'"
PLUS = "TypeError: unsupported operand type(s) for +=: 'float' and 'NoneType'"
SUB = "TypeError: sub_() received an invalid combination of arguments - got (NoneType, alpha=float)"
TIMES = "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'"


@pytest.mark.parametrize(
    ("part", "mistake"),
    [
        ("zeroing", "zeroed-before-first-backward"),
        ("update", "backward-missing"),
        ("record", "backward-missing | zeroed-before-first-backward"),
    ],
)
def test_what_a_missing_gradient_was_for_is_told_by_its_line(part: Part, mistake: str) -> None:
    record = ScenarioRecord(id="s", failure=raised(NO_DATA))
    mark = Landmark(role="train_model", part=part, cell=3, first=5, last=5)
    found = failures.of_training(record, ("w",), own(Loading()), [mark])
    assert " | ".join(what.id for what in found) == mistake


@pytest.mark.parametrize(
    ("part", "first", "mistake"),
    [
        ("zeroing", 4, "gradient-zeroed-before-update"),
        ("zeroing", 6, "gradient-is-none"),
        ("backward", 4, "gradient-is-none"),
    ],
)
def test_only_a_gradient_zeroed_above_a_line_is_told_as_zeroed_before_it(
    part: Part, first: int, mistake: str
) -> None:
    record = ScenarioRecord(id="s", failure=raised(TIMES), backwards=1)
    mark = Landmark(role="train_model", part=part, cell=3, first=first, last=first)
    (found,) = failures.of_training(record, ("w",), own(Loading()), [mark])
    assert found.id == mistake


def test_a_gradient_of_what_is_no_parameter_is_told_at_its_line() -> None:
    record = ScenarioRecord(id="s", failure=raised(TIMES), backwards=1)
    for line, mistake in ((5, "gradient-of-other"), (4, "gradient-zeroed-before-update")):
        loading = Loading(sightings=(Sighting(what="foreign", role="train_model", line=line),))
        (found,) = failures.of_training(record, ("w",), own(loading))
        assert found.id == mistake


@pytest.mark.parametrize(
    ("text", "backwards", "mistake"),
    [
        (UNBOUND, 0, "shadowed-parameter"),
        (CUT, 0, ""),  # the failure alone tells it
        (CUT, 1, ""),
        (NO_DATA, 0, "backward-missing | zeroed-before-first-backward"),
        (TIMES, 0, "backward-missing"),
        (NO_ZERO, 0, "zeroed-before-first-backward"),
        (NO_DATA, 1, "gradient-zeroed-before-update | gradient-is-none"),
        (NO_DATA, 2, "gradient-is-none"),
        (TIMES, 1, "gradient-zeroed-before-update"),
        (NO_ZERO, 1, "gradient-is-none"),
        (TIMES, 2, "gradient-is-none"),
        (SUB, 1, "gradient-zeroed-before-update"),
        (PLUS, 1, ""),  # a sum of losses, say
        ("AttributeError: 'NoneType' object has no attribute 'append'", 1, ""),
        ("AttributeError: 'NoneType' object has no attribute 'item'", 1, ""),
    ],
)
def test_a_missing_gradient_is_told_by_the_backwards_before_it(
    text: str, backwards: int, mistake: str
) -> None:
    assert in_training(text, backwards=backwards) == mistake


@pytest.mark.parametrize("text", [CUT, NO_DATA, NO_ZERO, TIMES])
def test_a_parameter_is_told_as_reassigned_where_it_was_seen_to_be_another_tensor(
    text: str,
) -> None:
    assert in_training(text, backwards=2, holding="other") == "parameter-reassigned"
    assert in_training(text, backwards=2) != "parameter-reassigned"


def test_a_parameter_without_gradients_is_told_as_such() -> None:
    record = ScenarioRecord(id="s", failure=raised(CUT), backwards=1, holding="frozen")
    (found,) = failures.of_training(record, ("w",), own(Loading()))
    assert found.id == "graph-broken"
    assert "requires_grad is False" in say(found.message(CONTRACT, "train_model"))


@pytest.mark.parametrize(
    ("zeroing", "mistake"), [(4, "gradient-zeroed-before-update"), (2, "gradient-is-none")]
)
def test_only_what_stands_between_backward_and_update_zeroes_before_it(
    zeroing: int, mistake: str
) -> None:
    record = ScenarioRecord(id="s", failure=raised(TIMES), backwards=1)
    lines: tuple[tuple[Part, int, int], ...] = (
        ("definition", 1, 9),
        ("backward", 3, 3),
        ("zeroing", zeroing, zeroing),
        ("update", 5, 5),
    )
    marks = [
        Landmark(role="train_model", part=part, cell=3, first=first, last=last)
        for part, first, last in lines
    ]
    (found,) = failures.of_training(record, ("w",), own(Loading()), marks)
    assert found.id == mistake


@pytest.mark.parametrize("text", [NO_DATA, NO_ZERO, TIMES])
def test_a_variable_of_the_parameters_name_has_no_gradient(text: str) -> None:
    assert in_training(text, backwards=1, shadowed=("w",)) == "shadowed-parameter"


def test_a_model_read_before_a_variable_of_its_name_is_set_is_shadowed() -> None:
    text = UNBOUND.replace("'w'", "'model'")
    assert in_training(text) == ""
    assert in_training(text, shadowed=("model",)) == "shadowed-parameter"


@pytest.mark.parametrize(
    ("probes", "role"),
    [
        ((), "forward"),
        (("forward-public-5", "forward-hidden-13", "forward-hidden-31"), "criterion"),
        (None, "train_model"),
    ],
)
def test_what_ended_the_process_is_the_function_that_was_tried(
    probes: tuple[str, ...] | None, role: str
) -> None:
    plan = runs.lab_plan()
    whole = runs.right_trace(plan)
    kept = whole.probes if probes is None else {i: whole.probes[i] for i in probes}
    trace = msgspec.structs.replace(whole, probes=kept, scenarios={}, ending="memory")
    found = failures.of_ending(trace, plan)
    assert found is not None
    assert (found[0], found[1].id) == (role, "memory-exhausted")


@pytest.mark.parametrize(
    ("ending", "mistake"),
    [("time", "too-slow"), ("memory", "memory-exhausted"), ("output", "output-flood")],
)
def test_a_file_that_ends_the_process_is_told_so_and_no_function_blamed(
    ending: str, mistake: str
) -> None:
    plan = runs.lab_plan()
    trace = Trace(version=1, loading=None, probes={}, scenarios={}, ending=ending)  # type: ignore[arg-type]
    found = failures.of_ending(trace, plan)
    assert found is not None
    role, what = found
    assert (role, what.id) == (None, mistake)
    assert say(what.message(CONTRACT, "forward")).startswith("Your file")


@pytest.mark.parametrize("ending", ["done", "crash", "sandbox"])
def test_other_endings_name_nothing(ending: str) -> None:
    plan = runs.lab_plan()
    trace = msgspec.structs.replace(runs.right_trace(plan), ending=ending)
    assert failures.of_ending(trace, plan) is None


def resting(*, hooks: str = "none", visited: bool = True) -> ScenarioView:
    return runs.view_of(runs.still, start={"w": 3.0}, hooks=hooks, visited=visited)


def left(**changes: Any) -> ScenarioView:
    """Return parameters that rest though gradients were computed, and what else was seen."""
    view = resting(hooks="clean")
    (call,) = view.observed.calls
    return runs.with_calls(view, [msgspec.structs.replace(call, **changes)])


IDLE = [
    Sighting(what="dropped", role="train_model", line=5),
    Sighting(what="compared", role="train_model", name="w", line=5),
    Sighting(what="uncalled", role="train_model", name="opt.step", line=5),
    Sighting(what="commented", role="train_model", line=5),
    Sighting(what="unread", role="train_model", name="new", line=5),
    Sighting(what="still", role="train_model"),
]


@pytest.mark.parametrize("sighting", IDLE, ids=[one.what for one in IDLE])
def test_an_update_without_effect_is_none(sighting: Sighting) -> None:
    names = names_with(sightings=(sighting,))
    assert rest.of_rest(names, [left()]) == ("no-update",)
    assert ("line 5" in say(names.undone())) is (sighting.line is not None)


def test_gradients_that_are_left_were_not_emptied() -> None:
    assert rest.of_rest(names_with(), [left(left={"w": pack([[2.0]])})]) == ("no-update",)
    emptied = left(left={"w": pack([[0.0]])})
    assert rest.of_rest(names_with(), [emptied]) == ("gradient-zeroed-before-update",)


def test_why_no_gradient_comes_is_told_only_where_the_text_shows_it() -> None:
    """A line that goes backward may never be reached: under a condition, after a hidden error."""
    unreached = left(fresh={"w": pack(np.zeros((0, 0)))})
    mark = Landmark(role="train_model", part="backward", first=3, last=3)
    cut = names_with(sightings=(Sighting(what="cut", role="train_model", name="detach", line=2),))
    assert rest.of_rest(names_with(), [unreached]) == ("backward-missing",)
    assert rest.of_rest(cut, [unreached], [mark]) == ("graph-broken",)
    assert rest.of_rest(names_with(), [unreached], [mark]) == ("no-update",)
    assert rest.unreached("no-update", [unreached]).codes() == {"no-gradient-arrives"}
    assert not rest.unreached("no-update", [left(stepped=3)])
    assert not rest.unreached("graph-broken", [unreached])


def test_steps_of_an_optimizer_tell_whose_parameters_it_holds() -> None:
    assert rest.of_rest(names_with(), [left(astray=3)]) == ("no-update",)
    assert rest.of_rest(own(None), [left(stepped=3)]) == ("gradient-zeroed-before-update",)
    assert rest.of_rest(own(None), [left(written=True)]) == ("gradient-zeroed-before-update",)


def test_a_copy_that_is_trained_is_told() -> None:
    copied = Sighting(what="copied", role="train_model", name="model2", line=7)
    names = names_with(sightings=(copied,))
    assert rest.of_rest(names, [left(astray=3)]) == ("parameters-untouched",)
    assert rest.of_rest(names, [left(stepped=3)]) == ("gradient-zeroed-before-update",)


def test_a_loss_that_is_made_anew_breaks_the_graph() -> None:
    remade = Sighting(what="remade", role="train_model", name="loss", line=7)
    assert rest.of_rest(names_with(sightings=(remade,)), [resting()]) == ("graph-broken",)


def test_sums_of_losses_are_told_from_sums_in_buffers() -> None:
    summed = runs.view_of(runs.accumulated, start={"w": 3.0}, hooks="clean")
    (call,) = summed.observed.calls
    sums = {name: pack(np.cumsum(unpack(rows), axis=0)) for name, rows in call.fresh.items()}
    of_losses = runs.with_calls(summed, [msgspec.structs.replace(call, fresh=sums)])
    assert failures.adds_losses_up([of_losses])
    assert not failures.adds_losses_up([summed])


def names_with(*shadowed: str, sightings: tuple[Sighting, ...] = ()) -> OwnNames:
    return own(Loading(shadowed=shadowed, sightings=sightings))


def test_rest_is_told_by_gradients_and_looks() -> None:
    by_gradients = rest.of_rest(names_with(), [resting(hooks="clean")])
    assert by_gradients == ("gradient-zeroed-before-update",)
    unread = rest.of_rest(own(None), [resting(hooks="clean")])
    assert unread == ("gradient-zeroed-before-update", "no-update")
    assert rest.of_rest(names_with(), [resting()]) == ("backward-missing",)
    assert rest.of_rest(names_with(), [resting(visited=False)]) == ("parameters-untouched",)


def test_rest_beside_a_variable_of_the_same_name_is_its_shadow() -> None:
    assert rest.of_rest(names_with("w"), [resting()]) == ("shadowed-parameter",)


@pytest.mark.parametrize(
    ("what", "mistake"), [("parameter", "parameters-untouched"), ("moved", "no-update")]
)
def test_rest_beside_another_that_is_trained_blames_no_gradient(what: What, mistake: str) -> None:
    seen = Sighting(what=what, role="train_model", name="w1", instead=("w",))
    for hooks in ("clean", "none"):
        found = rest.of_rest(names_with(sightings=(seen,)), [resting(hooks=hooks)])
        assert found == (mistake,)


def test_an_error_of_what_is_trained_elsewhere_blames_no_order_of_lines() -> None:
    seen = Sighting(what="parameter", role="train_model", name="state", instead=("w",))
    record = ScenarioRecord(id="s", failure=raised(TIMES), backwards=1)
    found = failures.of_training(record, ("w",), names_with(sightings=(seen,)))
    assert [what.id for what in found] == ["parameters-untouched"]


def test_what_moves_in_one_scenario_does_not_rest() -> None:
    moving = runs.view_of(runs.right, start={"w": 3.0})
    assert rest.of_rest(names_with(), [resting(), moving]) == ()
    assert rest.of_rest(names_with(), []) == ()


def anew(view: ScenarioView, *firsts: tuple[float, ...]) -> ScenarioView:
    """Return the view with other parameters at each call's first prediction."""
    calls = [
        msgspec.structs.replace(call, visited=pack(np.vstack([[first], unpack(call.visited)[1:]])))
        for call, first in zip(view.observed.calls, firsts, strict=True)
    ]
    return runs.with_calls(view, calls)


BOTH = {"w": 3.0, "b": 1.0}


def pair_of_views() -> tuple[ScenarioView, ScenarioView]:
    once = runs.view_of(runs.right, start={"w": 5.0, "b": -2.0})
    return once, runs.view_of(runs.right, start=BOTH, calls=(3, 2))


def test_right_training_starts_where_it_ended() -> None:
    assert failures.starts_anew(pair_of_views()) == ()


def test_parameters_back_at_the_start_in_a_second_call_start_anew() -> None:
    once, twice = pair_of_views()
    assert failures.starts_anew([once, anew(twice, (3.0, 1.0), (3.0, 1.0))]) == ("w", "b")


def test_one_parameter_back_at_the_start_is_named_alone() -> None:
    once, twice = pair_of_views()
    moved = float(twice.ends[0][0])
    assert failures.starts_anew([once, anew(twice, (3.0, 1.0), (moved, 1.0))]) == ("b",)


def test_a_number_written_down_at_each_call_starts_anew() -> None:
    once, twice = pair_of_views()
    moved = float(twice.ends[0][0])
    views = [anew(once, (5.0, -2.0)), anew(twice, (3.0, -2.0), (moved, -2.0))]
    assert failures.starts_anew(views) == ("b",)


def test_a_number_that_stays_is_no_new_start() -> None:
    once, twice = pair_of_views()
    first, second = anew(twice, (3.0, 7.0), (float(twice.ends[0][0]), 7.0)).observed.calls
    kept = {"w": first.parameters["w"], "b": pack(7.0)}
    stays = runs.with_calls(twice, [msgspec.structs.replace(first, parameters=kept), second])
    assert failures.starts_anew([anew(once, (5.0, 7.0)), stays]) == ()


def test_a_new_start_at_each_call_starts_anew() -> None:
    once, twice = pair_of_views()
    views = [anew(once, (0.3, 0.1)), anew(twice, (0.4, 0.2), (0.5, 0.7))]
    assert failures.starts_anew(views) == ("w", "b")


def test_what_is_solved_again_at_each_call_is_no_new_start() -> None:
    once, twice = pair_of_views()
    first, second = anew(twice, (0.4, 0.2), (0.4 + 1e-7, 0.2 - 1e-7)).observed.calls
    solved = {"w": pack(0.4), "b": pack(0.2)}
    again = runs.with_calls(twice, [msgspec.structs.replace(first, parameters=solved), second])
    assert failures.starts_anew([anew(once, (0.3, 0.1)), again]) == ()


def test_a_step_before_the_first_prediction_of_a_second_call_is_no_new_start() -> None:
    once, twice = pair_of_views()
    stepped = tuple(float(value) - 0.1 for value in twice.ends[0])
    assert failures.starts_anew([once, anew(twice, (3.0, 1.0), stepped)]) == ()  # type: ignore[arg-type]


def test_without_predictions_no_start_is_seen() -> None:
    once, _ = pair_of_views()
    unseen = runs.view_of(runs.right, start=BOTH, calls=(3, 2), visited=False)
    assert failures.starts_anew([once, unseen]) == ()


def test_a_happening_without_words_leaves_them_to_the_registry() -> None:
    assert say(Happening(id="bias-missing").message(CONTRACT, "forward")) == ""
