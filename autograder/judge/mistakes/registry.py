"""All known mistakes: id, function, what a student reads, how it is planted. Extend, never rename.

To add one: a row here, a function that plants it, a file in a lab's rejected/.
"""

from __future__ import annotations

from autograder.judge.mistakes import functions as put
from autograder.judge.mistakes import progress, recording, updates
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.row import either, row

_GRAPH = "Which call turns a tensor into plain numbers, so that backward() cannot follow?"
_FORMULA = "Write the model's formula down: which parameter meets which input, and how?"
_BY_HAND = "Take two points by hand: what is done with each difference, and what at the end?"
_BUFFER = "What does backward() do to a .grad that already holds something?"
_COUNT = "Count by hand for two iterations: how often does the body of your loop run?"

FORWARD: tuple[Mistake, ...] = (
    row(
        "bias-missing",
        "forward",
        "Your prediction leaves the bias out.",
        _FORMULA,
        put.bias_missing,
    ),
    row(
        "bias-subtracted",
        "forward",
        "Your prediction subtracts the bias where the model adds it.",
        _FORMULA,
        put.bias_subtracted,
    ),
    row(
        "forward-adds-weight",
        "forward",
        "Your prediction adds the weight to the input where the model multiplies.",
        _FORMULA,
        put.forward_adds_weight,
    ),
    row(
        "forward-ignores-parameters",
        "forward",
        "Your prediction stays the same when the parameters change.",
        "Where does forward take its numbers from: the parameters, or a value written down?",
        put.forward_ignores_parameters,
    ),
    row(
        "graph-broken",
        "forward",
        "Your prediction is cut off from the parameters, so no gradient reaches them.",
        _GRAPH,
        put.forward_detached,
    ),
    row(
        "shape-broadcast",
        "forward",
        "Your prediction has another shape than the targets; subtracting the two pairs every "
        "prediction with every target.",
        "Print the shapes of yhat and of y: are they the same?",
        put.forward_flat,
    ),
    row(
        "returns-nothing",
        "forward",
        "forward gives nothing back.",
        "What must stand at its end so that a caller gets a value?",
        put.forward_nothing,
    ),
)
CRITERION: tuple[Mistake, ...] = (
    row(
        "loss-sum-not-mean",
        "criterion",
        "Your loss is the sum over all points, not their mean.",
        _BY_HAND,
        put.loss_sum,
    ),
    row(
        "loss-halved",
        "criterion",
        "Your loss is half of what it should be.",
        _BY_HAND,
        put.loss_halved,
    ),
    row("loss-root", "criterion", "Your loss takes a root at the end.", _BY_HAND, put.loss_root),
    row(
        "loss-not-squared",
        "criterion",
        "Your loss averages the differences without squaring: those above and below cancel out.",
        _BY_HAND,
        put.loss_not_squared,
    ),
    row(
        "loss-absolute",
        "criterion",
        "Your loss averages absolute differences.",
        _BY_HAND,
        put.loss_absolute,
    ),
    row(
        "loss-squared",
        "criterion",
        "Your loss averages squared differences; this lab asks for another loss.",
        _BY_HAND,
        put.loss_squared,
    ),
    row(
        "shape-broadcast",
        "criterion",
        "Your loss pairs every prediction with every target.",
        "Print the shape of what you average: one number a point?",
        put.loss_broadcast,
    ),
    row(
        "one-sample-only",
        "criterion",
        "Your loss looks at a single point.",
        _BY_HAND,
        put.loss_first_sample,
    ),
    row(
        "graph-broken",
        "criterion",
        "Your loss is cut off from the predictions, so backward() has nothing to follow.",
        _GRAPH,
        put.loss_detached,
    ),
    row(
        "returns-nothing",
        "criterion",
        "criterion gives nothing back.",
        "What must stand at its end so that a caller gets a value?",
        put.loss_nothing,
    ),
)
TRAINING: tuple[Mistake, ...] = (
    row(
        "gradient-not-zeroed",
        "train_model",
        "Each step uses the sum of the gradients so far: the buffers are not emptied between "
        "iterations.",
        _BUFFER,
        either(updates.not_zeroed, progress.zeroed_per_epoch),
    ),
    row(
        "one-gradient-not-zeroed",
        "train_model",
        "One parameter moves by the sum of its gradients so far; the other buffer is emptied.",
        "Which .grad does each of your lines empty?",
        updates.one_not_zeroed,
    ),
    row(
        "gradient-zeroed-before-update",
        "train_model",
        "The gradients are emptied after backward() and before the update, so it sees zeros.",
        "In which order do backward(), the update and the emptying come?",
        updates.zeroed_before_update,
    ),
    row(
        "wrong-update-sign",
        "train_model",
        "The step goes along the gradient, uphill, not against it.",
        "Which way does the gradient point: to larger or to smaller loss?",
        updates.wrong_sign,
    ),
    row(
        "parameter-not-updated",
        "train_model",
        "One of the parameters never moves.",
        "Which line moves each parameter?",
        updates.not_updated,
    ),
    row(
        "no-update",
        "train_model",
        "The parameters never move.",
        "Which line of the loop changes them?",
        updates.no_update,
    ),
    row(
        "learning-rate-ignored",
        "train_model",
        "The size of the steps does not follow the learning rate that is set.",
        "Where does your step take its size from?",
        updates.rate_ignored,
    ),
    row(
        "wrong-gradient",
        "train_model",
        "A step is not the learning rate times the parameter's own gradient.",
        "Which gradient, and how much of it, does each update use?",
        updates.wrong_gradient,
    ),
    row(
        "parameter-reset",
        "train_model",
        "Training begins anew at every call: the parameters are set back first.",
        "What happens to what was learned when train_model is called again?",
        progress.reset,
    ),
    row(
        "extra-iteration",
        "train_model",
        "The loop runs once too often.",
        _COUNT,
        progress.extra_iteration,
    ),
    row(
        "missing-iteration",
        "train_model",
        "The loop runs once too few times.",
        _COUNT,
        progress.missing_iteration,
    ),
    row(
        "fixed-iterations",
        "train_model",
        "The loop runs a number of times of its own, not the one that it is called with.",
        "What does your loop do with the function's argument?",
        progress.fixed_iterations,
    ),
    row(
        "step-before-backward",
        "train_model",
        "Each step uses the gradient of the iteration before it.",
        "In which order do backward() and the update come?",
        progress.step_before_backward,
    ),
    row(
        "one-step-per-epoch",
        "train_model",
        "There is one step an epoch where every batch should have its own.",
        "Inside which loop does the step stand?",
        progress.one_step_per_epoch,
    ),
    row(
        "one-sample-only",
        "train_model",
        "Training looks at a part of the data alone.",
        "Which rows does each iteration see?",
        progress.one_sample_only,
    ),
    row(
        "loss-not-recorded",
        "train_model",
        "No loss is stored in the list.",
        "Where does each iteration's loss go?",
        recording.not_recorded,
    ),
    row(
        "loss-recorded-as-tensor",
        "train_model",
        "The list holds tensors with their whole graph, not plain numbers.",
        "How do you get the plain number out of a tensor?",
        recording.recorded_as_tensor,
    ),
    row(
        "loss-recorded-after-update",
        "train_model",
        "Each stored loss is the one after the iteration's update, not before it.",
        "When is the loss computed that you store?",
        recording.recorded_late,
    ),
    row(
        "backward-missing",
        "train_model",
        "No gradients are computed before the update.",
        "Which call fills the .grad of the parameters?",
        progress.backward_missing,
    ),
    row(
        "graph-broken",
        "train_model",
        "Inside the loop the loss is cut off from the parameters.",
        _GRAPH,
        progress.graph_broken,
    ),
    row(
        "shape-broadcast",
        "train_model",
        "The targets have another shape than the predictions when the loss compares them, so every "
        "prediction is paired with every target.",
        "Print the shapes of what you hand to the loss: are they the same?",
        progress.targets_reshaped,
    ),
    row(
        "hard-coded-answer",
        "train_model",
        "The parameters end at the same numbers whatever the data are.",
        "Would your function find the line of other data, too?",
        progress.hard_coded,
    ),
    row(
        "closed-form",
        "train_model",
        "The parameters end at the best fit at once, without gradient steps.",
        "This lab asks for the way there: what does one iteration do?",
    ),
    row(
        "parameter-reassigned",
        "train_model",
        "A parameter's name is bound to the result of a computation: the new tensor is no "
        "parameter any more and gets no .grad.",
        "How can you change the values of a tensor without making a new one?",
    ),
    row(
        "shadowed-parameter",
        "train_model",
        "Inside the function a variable of the parameter's name is made; the parameter outside "
        "stays as it was.",
        "What does Python take a name for that is assigned inside a function?",
    ),
    row(
        "infinite-loop",
        "train_model",
        "The loop does not come to its end.",
        "What ends your loop, and does every iteration bring it nearer?",
    ),
)
MISTAKES = (*FORWARD, *CRITERION, *TRAINING)
