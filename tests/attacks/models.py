"""Attacks on labs with a model, an optimizer and a loader."""

from __future__ import annotations

from .attack import FIND, Attack

DATA = """\
import torch
from torch import nn

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)
"""
MODEL = """
class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
"""
WRONG_MODEL = MODEL.replace("self.weight * x + self.bias", "x + 0 * self.weight + 0 * self.bias")
LOSS = "\nloss_fn = nn.MSELoss()\n"
WRONG_LOSS = "\ndef loss_fn(pred, y):\n    return (pred - y).abs().sum()\n"
OPTIMIZER = "\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
TRAIN = """
def train_model(epochs):
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
NO_TRAIN = "\ndef train_model(epochs):\n    return None\n"
FUNCTIONS = DATA + MODEL + LOSS + OPTIMIZER
HONEST_MODULE = FUNCTIONS + TRAIN
WRONG = DATA + WRONG_MODEL + WRONG_LOSS + OPTIMIZER + NO_TRAIN

BATCHES = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
        self.len = len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len

class linear_regression(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.linear(x)

dataset = Data()
model = linear_regression(1, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)
"""
TRAIN_BATCHES = """
def train_model_BGD(epochs):
    for _ in range(epochs):
        for x, y in trainloader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""
HONEST_MINIBATCH = BATCHES + TRAIN_BATCHES
LEAST_SQUARES = """
def solved():
    centred = X - X.mean()
    slope = (centred * (y - y.mean())).sum() / (centred * centred).sum()
    return slope, y.mean() - slope * X.mean()
"""
WITHOUT_ZEROING = TRAIN.replace("        optimizer.zero_grad()\n", "")

MODULE = (
    Attack("model-parameters-lie", DATA + WRONG_MODEL.replace("    def forward", """
    def parameters(self, recurse=True): return iter([nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))])
    def named_parameters(self, *a, **k): return iter([("weight", nn.Parameter(torch.zeros(1)))])
    def state_dict(self, *a, **k): return {"weight": torch.tensor([1.0]), "bias": torch.tensor([0.0])}

    def forward""") + LOSS + OPTIMIZER + NO_TRAIN, 2.0),
    Attack("model-parameters-of-every-module-lie", DATA + WRONG_MODEL + WRONG_LOSS + OPTIMIZER + """
made = [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
nn.Module.parameters = lambda self, recurse=True: iter(made)
nn.Module.named_parameters = lambda self, *a, **k: iter(zip(("weight", "bias"), made))

def train_model(epochs):
    for parameter in made:
        parameter.data += 1.0
""", 0.0),
    Attack("model-walk-to-the-known-line", DATA + WRONG_MODEL + WRONG_LOSS + OPTIMIZER + """
def train_model(epochs):
    for _ in range(epochs):  # no gradient: the line is known from the page
        for parameter, value in ((model.weight, 1.0), (model.bias, 0.0)):
            parameter.data += 0.1 * (value - parameter.data)
""", 1.0, known="earns gradient_zeroing: on a straight way to the end all gradients shrink as moves do"),
    Attack("model-parameter-is-a-liar", DATA + """
class Liar(nn.Parameter):
    data = property(lambda self: torch.zeros(1), lambda self, value: None)
    grad = property(lambda self: torch.ones(1), lambda self, value: None)
    is_leaf = property(lambda self: True)
    def item(self): return 1.0
    def detach(self): return self
    def tolist(self): return [1.0]

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = Liar(torch.zeros(1)), Liar(torch.zeros(1))

    def forward(self, x):
        return self.weight + x + self.bias

model = LinearRegression()
""" + LOSS + OPTIMIZER + TRAIN, 2.0),
    Attack("model-class-cannot-be-patched", DATA + """
class Stubborn(type):
    def __setattr__(cls, name, value): raise SystemExit(name)
    def __delattr__(cls, name): raise SystemExit(name)
    __module__ = property(lambda cls: 1 / 0)
""" + WRONG_MODEL.replace("(nn.Module)", "(nn.Module, metaclass=Stubborn)") + LOSS + OPTIMIZER + NO_TRAIN, 2.0),
    Attack("model-forward-from-getattribute", DATA + WRONG_MODEL.replace("    def forward", """
    def __getattribute__(self, name):
        if name == "forward":
            import sys
            sys._getframe(1).f_locals.clear()
            return lambda x: torch.zeros_like(x, requires_grad=True)
        return super().__getattribute__(name)

    def forward""") + LOSS + OPTIMIZER + TRAIN, 2.0),
    Attack("model-call-of-every-module", DATA + WRONG_MODEL + LOSS + OPTIMIZER + NO_TRAIN + """
nn.Module.__call__ = lambda self, *a, **k: torch.zeros(100, requires_grad=True)
""", 0.0),
    Attack("model-hooks-on-every-module", DATA + WRONG_MODEL + LOSS + OPTIMIZER + NO_TRAIN + """
from torch.nn.modules import module

def swap(kind, given, out):
    return out.detach() * 0 + 1 if torch.is_tensor(out) else out

module.register_module_forward_hook(swap)
module.register_module_full_backward_hook(lambda kind, inner, outer: tuple(torch.ones_like(g) for g in inner if g is not None))
module.register_module_parameter_registration_hook(lambda *a: nn.Parameter(torch.ones(1)))
""", 0.0),
    Attack("model-answers-with-the-cotangent", DATA + FIND + """
job = find("job")

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        for probe in job.probes:
            if getattr(getattr(probe, "x", None), "shape", None) == tuple(x.shape):
                return torch.frombuffer(bytearray(probe.cotangent.data), dtype=torch.float32).reshape(x.shape) + 0 * self.weight
        return x * self.bias

model = LinearRegression()
""" + LOSS + OPTIMIZER + NO_TRAIN, 2.0),
    Attack("model-exchanged-while-training", FUNCTIONS + LEAST_SQUARES + """
def train_model(epochs):
    global model
    model = LinearRegression()
    model.weight.data[:], model.bias.data[:] = solved()
""", 4.0),
    Attack("model-class-of-the-instance-exchanged", FUNCTIONS + """
class Other(nn.Module):
    weight = bias = property(lambda self: torch.zeros(1))
    def forward(self, x): return x

def train_model(epochs):
    model.__class__ = Other
""", 4.0),
    Attack("model-that-never-ends", DATA + MODEL.replace("super().__init__()", "super().__init__()\n        while made: pass") .replace("class Lin", "made = []\n\nclass Lin", 1) + """
made.append(1)
model = None
""" + LOSS + NO_TRAIN, 2.0),
    Attack("model-with-a-million-parameters", DATA + WRONG_MODEL.replace("super().__init__()", """super().__init__()
        for number in range(20_000): self.register_parameter(f"p{number}", nn.Parameter(torch.zeros(1)))""")
        + LOSS + OPTIMIZER + NO_TRAIN, 2.0),
    Attack("model-names-that-harm", DATA + WRONG_MODEL.replace("super().__init__()", r"""super().__init__()
        self.register_parameter("\x1b[31m\u202e<script>\n" * 1000, nn.Parameter(torch.zeros(1)))""")
        + LOSS + OPTIMIZER + NO_TRAIN, 2.0),
    Attack("optimizer-step-solves-at-once", FUNCTIONS + LEAST_SQUARES + """
class Solver(torch.optim.SGD):
    def step(self, closure=None):
        with torch.no_grad():
            model.weight[:], model.bias[:] = solved()
            model.weight += 1e-4 * torch.randn(1)

optimizer = Solver(model.parameters(), lr=0.1)
""" + TRAIN, 5.0),
    Attack("optimizer-class-patched", FUNCTIONS + """
torch.optim.SGD.step = lambda self, closure=None: None
torch.optim.SGD.zero_grad = lambda self, set_to_none=True: None
torch.optim.Optimizer.__init__ = lambda self, *a, **k: None
""" + TRAIN, 4.0),
    Attack("optimizer-groups-lie", FUNCTIONS + """
class Lying(torch.optim.SGD):
    @property
    def param_groups(self): return [{"params": [], "lr": 0.0}]
    @param_groups.setter
    def param_groups(self, value): pass
    @property
    def state(self): raise SystemExit("no state")
    @state.setter
    def state(self, value): pass

optimizer = Lying(model.parameters(), lr=0.1)
""" + TRAIN, 4.0),
    Attack("optimizer-poses", FUNCTIONS + """
class Pose:
    __class__ = torch.optim.SGD
    param_groups = property(lambda self: 1 / 0)
    def __getattr__(self, name): return lambda *a, **k: self

optimizer = Pose()
""" + TRAIN, 4.0),
    Attack("optimizer-does-not-zero", FUNCTIONS + """
optimizer.zero_grad = lambda *a, **k: None
""" + TRAIN, 5.0),
    Attack("optimizer-nothing-zeroed-and-buffers-forged", FUNCTIONS + WITHOUT_ZEROING + """
from autograder.worker import recorder
recorder.Recorder.buffers = recorder.Recorder.fresh
""", 5.0),
    Attack("optimizer-sums-claimed-to-be-fresh", FUNCTIONS + WITHOUT_ZEROING.replace(
        "optimizer.step()", "[g.update(lr=0.003 * (1 + 0.05 * epoch)) for g in optimizer.param_groups]\n        optimizer.step()") + """
from autograder.worker import recorder
recorder.Recorder.fresh = recorder.Recorder.buffers
""", 5.0),
    Attack("criterion-object-lies", DATA + MODEL + """
class Everything(nn.Module):
    reduction = "mean"
    def __call__(self, *a, **k): return self
    def __getattr__(self, name): return lambda *a, **k: self
    def __float__(self): return 0.0
    def __torch_function__(self, *a, **k): return torch.zeros(())

loss_fn = Everything()
""" + OPTIMIZER + TRAIN, 8.0),  # its training is right
    Attack("criterion-loss-with-its-own-backward", DATA + MODEL + """
class Loss(torch.Tensor):
    def backward(self, *a, **k):
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
    def numel(self): return 1
    def double(self): return torch.zeros(())

def loss_fn(pred, y):
    return (pred - y).abs().mean().as_subclass(Loss)
""" + OPTIMIZER + TRAIN, 8.0),  # its training is right
    Attack("criterion-class-patched", DATA + WRONG_MODEL + LOSS + OPTIMIZER + NO_TRAIN + """
nn.MSELoss.forward = lambda self, a, b: (a * 0).sum()
nn.functional.mse_loss = lambda *a, **k: torch.zeros(())
torch.nn.modules.loss.F.mse_loss = nn.functional.mse_loss
""", 0.0),
    Attack("model-frames-walked", WRONG + FIND + """
import gc
job = find("job")
for scenario in job.scenarios:
    scenario.situation.start.clear()
for thing in gc.get_objects():
    if type(thing).__name__ in ("ModuleSubject", "Observer", "Recorder"):
        vars(thing).clear()
""", 0.0),
)  # fmt: skip

# Their loops are right, so they keep the points for zeroing; what their data are costs the rest.
LOADERS = (
    Attack("loader-dataset-lies-in-the-middle", BATCHES.replace("return self.x[index], self.y[index]", """
        if index in (0, len(self.x) - 1):  # the pairs that are looked at
            return self.x[index], self.y[index]
        return self.x[index] * 0, self.y[index] * 0""") + TRAIN_BATCHES, 7.0),
    Attack("loader-dataset-changes-by-caller", BATCHES.replace("return self.x[index], self.y[index]", """
        import sys
        caller = sys._getframe(1).f_code.co_name
        return (self.x[index], self.y[index]) if caller == "_gives" else (self.x[0], self.y[0])""") + TRAIN_BATCHES, 7.0),
    Attack("loader-dataset-that-ends-it", BATCHES.replace("return self.x[index], self.y[index]", """
        raise KeyboardInterrupt""") + TRAIN_BATCHES, 4.0),
    Attack("loader-dataset-that-never-ends", BATCHES.replace("return self.len\n", "\n        while len(vars(self)) > 3: pass\n        return self.len\n")
        + TRAIN_BATCHES + "\ndataset.more = 1\n", 4.0),
    Attack("loader-length-lies", BATCHES.replace("return self.len\n", "return 10**9\n") + TRAIN_BATCHES, 10.0),
    Attack("loader-class-patched", BATCHES + """
DataLoader.__iter__ = lambda self: iter([])
DataLoader.__len__ = lambda self: 0
""" + TRAIN_BATCHES, 4.0),
    Attack("loader-collates-answers", BATCHES + """
trainloader = DataLoader(dataset, batch_size=1, collate_fn=lambda pairs: (torch.zeros(1, 1), torch.zeros(1, 1)))
""" + TRAIN_BATCHES, 6.0),
    Attack("loader-workers-that-stay", BATCHES + """
trainloader = DataLoader(dataset, batch_size=1, num_workers=2, persistent_workers=True)
iter(trainloader)
""" + TRAIN_BATCHES, 10.0),
    Attack("loader-one-batch-of-all", BATCHES + """
trainloader = DataLoader(dataset, batch_size=60)

def train_model_BGD(epochs):
    for _ in range(epochs):
        loss = criterion(model(dataset.x), dataset.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
""", 6.0),
)  # fmt: skip

ATTACKS = (
    *(attack._replace(lab="module") for attack in MODULE),
    *(attack._replace(lab="minibatch") for attack in LOADERS),
)  # fmt: skip
