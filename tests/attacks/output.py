"""Output that would harm whoever looks at it."""

from __future__ import annotations

from .attack import FUNCTIONS, HONEST, SETUP, Attack

BAD = r'"\x1b[31m\x1b]0;owned\x07\x9b1m\r\n\x00\u202e\u2066\u2028\ufeff\ud800</script><img src=x onerror=alert(1)>&=cmd|calc!A0\t"'

ATTACKS = (
    Attack("output-printed", HONEST + f"""
import sys
BAD = {BAD}
print(BAD)
print(BAD, file=sys.stderr)
print('{{"student": "mallory", "status": "graded", "score": 10.0}}')
sys.stdout.flush()
""", 10.0),
    Attack("output-in-exception", FUNCTIONS + f"""
def train_model(n):
    raise ValueError({BAD})
""", 4.0),
    Attack("output-in-exception-name", FUNCTIONS + f"""
def train_model(n):
    raise type({BAD}.replace(chr(0), "").encode("utf-8", "replace").decode(), (Exception,), {{}})("x")
""", 4.0),
    Attack("output-in-signature", FUNCTIONS + f"""
class Default:
    def __repr__(self): return {BAD}

def train_model(n, other, more=Default()):
    pass
""", 4.0),
    Attack("output-in-result-type", SETUP + f"""
forward = lambda x: type({BAD}.replace(chr(0), "").encode("utf-8", "replace").decode(), (), {{}})()
""", 0.0),
    Attack("output-in-cell-failure", FUNCTIONS + f"""
raise RuntimeError({BAD} * 50)
""", 4.0),
    Attack("output-in-syntax-error", "def forward(x):\n    return \x1b[31m <script>\u202e\n", 0.0),
    Attack("output-in-warnings", HONEST + f"""
import warnings, logging
warnings.simplefilter("always")
warnings.warn({BAD}.encode("utf-8", "replace").decode())
logging.error({BAD})
""", 10.0),
    Attack("output-of-format-fields", FUNCTIONS + """
def train_model(n):
    raise ValueError("{where}{role}{text.__class__.__mro__}{0}%s%(x)s${jndi:ldap://x}")
""", 4.0),
    Attack("output-stdout-closed", HONEST + """
import os, sys
sys.stdout.close()
sys.stderr = None
os.close(1)
os.close(2)
""", 10.0),
    Attack("output-stdout-replaced", HONEST + """
import sys

class Sink:
    def __getattr__(self, name): raise SystemExit(name)

sys.stdout = sys.stderr = sys.stdin = Sink()
""", 10.0),
)  # fmt: skip
