"""Known mistakes in training: the rows of the registry for ``train_model``."""

from __future__ import annotations

from autograder.judge.mistakes import progress, recording, updates
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.row import GRAPH_HINT, either, row

_BUFFER = "What does backward() do to a .grad that already holds something?"
_COUNT = "Count by hand for two iterations: how often does the body of your loop run?"

TRAINING: tuple[Mistake, ...] = (
    row(
        "gradient-not-zeroed",
        "train_model",
        "Each step uses the sum of the gradients so far, not the newest one alone.",
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
        "other-iteration-count",
        "train_model",
        "Each step is right, but the loop runs another number of times than it is called with.",
        _COUNT,
        progress.half_the_iterations,
    ),
    row(
        "update-after-loop",
        "train_model",
        "The parameters move once, when the loop is over: the update stands outside of it.",
        "Which of your lines are indented into the loop?",
        updates.update_after_loop,
    ),
    row(
        "wrong-data",
        "train_model",
        "Training works on other data than the lab's inputs and targets, each in its place.",
        "What goes into forward, and what is its result compared with?",
        progress.other_data,
    ),
    row(
        "wrong-rows",
        "train_model",
        "Training does not take the rows of the data that it should.",
        "Which rows does each step see, and in which order?",
        progress.part_of_rows,
    ),
    row(
        "loss-arguments-swapped",
        "train_model",
        "Training hands the targets to the loss as predictions, and the predictions as targets.",
        "In which order does your loss want its two arguments?",
        progress.criterion_arguments_swapped,
    ),
    row(
        "parameter-zeroed",
        "train_model",
        "Training sets a parameter itself to zero.",
        "Which tensor does each of your lines empty?",
        updates.parameters_zeroed,
    ),
    row(
        "losses-added-up",
        "train_model",
        "backward() is called on the sum of the losses of all iterations so far.",
        "Which iterations are in the loss on which you call backward()?",
        updates.losses_added_up,
    ),
    row(
        "loss-recorded-twice",
        "train_model",
        "Each iteration stores its loss more than once.",
        "How often does your list grow in one iteration?",
        recording.recorded_twice,
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
        GRAPH_HINT,
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
