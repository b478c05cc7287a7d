"""Values that lie about themselves where the worker looks at them."""

from __future__ import annotations

from .attack import CRITERION, FORWARD, FUNCTIONS, SETUP, TRAIN, WRONG, Attack

ATTACKS = (
    Attack("object-tensor-subclass", SETUP + CRITERION + """
class Liar(torch.Tensor):
    requires_grad = property(lambda self: True)
    shape = property(lambda self: torch.Size([60, 1]))

    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return torch.zeros(60, 1)

    def numel(self): return 1
    def item(self): return -3.0
    def detach(self): return self
    def double(self): return self
    def numpy(self, **k): return [[0.0]]

def forward(x):
    return torch.zeros(60, 1).as_subclass(Liar)
""", 2.0),
    Attack("object-poses-as-tensor", SETUP + CRITERION + """
class Pose:
    __class__ = torch.Tensor
    requires_grad = True
    def __getattr__(self, name): return lambda *a, **k: self
    def __mul__(self, other): return self
    def __eq__(self, other): return True
    def __float__(self): return -3.0

def forward(x):
    return Pose()
""", 2.0),
    Attack("object-equal-to-everything", WRONG + """
class Everything(float):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __float__(self): return float("nan")
    __hash__ = None

lr = Everything(0.1)
LOSS = [Everything(1.0)] * 4
""", 0.0),
    Attack("object-exception-without-text", FUNCTIONS + """
class Meta(type):
    @property
    def __name__(cls): raise KeyError("no name")

class Mute(BaseException, metaclass=Meta):
    def __str__(self): raise self
    __repr__ = __str__

def train_model(n):
    raise Mute
""", 4.0),
    Attack("object-exception-with-hostile-cause", FUNCTIONS + """
class Loop(Exception):
    __traceback__ = property(lambda self: 1 / 0)
    __cause__ = property(lambda self: self)

def train_model(n):
    raise Loop("x" * 10**7)
""", 4.0),
    Attack("object-exception-group", FUNCTIONS + """
def train_model(n):
    error = ValueError("deep")
    for _ in range(10_000):
        error = ExceptionGroup("g", [error])
    raise error
""", 4.0),
    Attack("object-largest-float64", FUNCTIONS + """
w = torch.tensor(-10.0, requires_grad=True, dtype=torch.float64)

def train_model(n):
    for step in range(n):
        LOSS.append(criterion(forward(X), Y).item())
        w.data = torch.tensor(1e308 * (-1) ** step, dtype=torch.float64)
""", 5.0),
    Attack("object-infinite-start", FUNCTIONS + """
def train_model(n):
    for step in range(n):
        LOSS.append(criterion(forward(X), Y).item())
        w.data = torch.tensor([float("inf"), float("-inf"), float("nan")][step % 3])
""", 5.0),
    Attack("object-parameter-of-another-kind", FUNCTIONS + """
def train_model(n):
    global w
    for _ in range(n):
        LOSS.append(criterion(forward(X), Y).item())
    w = [complex(1, 2), "text", None]
""", 4.0),
    Attack("object-parameter-of-another-size", FUNCTIONS + """
def train_model(n):
    global w
    for step in range(n):
        LOSS.append(criterion(forward(X), Y).item())
        w = torch.zeros(2 + step, 1, requires_grad=True).mean() + torch.zeros(60, 1)
""", 4.0),
    Attack("object-complex-and-sparse", FUNCTIONS + """
def train_model(n):
    global w, LOSS
    w = torch.tensor(1 + 2j)
    LOSS = [torch.eye(2).to_sparse(), torch.tensor(1j), b"", 10**400]
""", 4.0),
    Attack("object-loss-millions", FUNCTIONS + TRAIN + """
LOSS += [0.0] * 1_000_000
_train = train_model

def train_model(n):
    _train(n)
    LOSS.extend([1.0] * 1_000_000)
""", 9.0),
    Attack("object-getattr-raises", FUNCTIONS + TRAIN + """
class Bomb:
    def __getattribute__(self, name): raise SystemExit("boom")

bomb = Bomb()
""", 10.0),
    Attack("object-signature-lies", SETUP + CRITERION + """
import inspect

class Function:
    __signature__ = property(lambda self: 1 / 0)
    def __call__(self, *args, **kwargs): return args[0] * 0

forward = Function()
""", 2.0),
    Attack("object-callable-recursion", SETUP + FORWARD + """
class Endless:
    def __call__(self, *a): return self(*a)

criterion = Endless()
""", 2.0),
)  # fmt: skip
