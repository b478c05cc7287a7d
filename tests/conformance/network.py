"""Rules on the network: there is none, in any address family."""

from __future__ import annotations

from .rule import CONFINED, Rule, Seen

REFUSED = {
    "EPERM",
    "EACCES",
    "EAFNOSUPPORT",
    "ENETUNREACH",
    "ECONNREFUSED",
    "EHOSTUNREACH",
    "ENOENT",
    "EISCONN",
    "EOPNOTSUPP",
}


def connecting_fails(seen: Seen) -> None:
    assert set(seen.facts["connect"].values()) <= REFUSED


def names_are_not_resolved(seen: Seen) -> None:
    assert seen.facts["resolved"] == "gaierror"


def pairs_work(seen: Seen) -> None:
    assert seen.facts["pair"] == "done"


RULES = (
    Rule("no_connection_to_the_machine", """
def connect(): socket.create_connection(("127.0.0.1", PORT), timeout=1)
tell(connect={"tcp": outcome(connect)})
""", connecting_fails),
    Rule("no_datagram_to_the_machine", """
def send(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT))
tell(connect={"udp": outcome(send)})
""", connecting_fails),
    Rule("no_abstract_socket", """
def connect(): socket.socket(socket.AF_UNIX).connect("\\0" + ABSTRACT)
tell(connect={"abstract": outcome(connect)})
""", connecting_fails),
    Rule("no_abstract_datagram_from_a_pair", """
def send(): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", "\\0" + ABSTRACT_DATAGRAM)
def stream(): socket.socketpair()[0].sendto(b"x", "\\0" + ABSTRACT_DATAGRAM)
tell(connect={"abstract": outcome(send), "stream": outcome(stream)})
""", connecting_fails),
    Rule("no_named_datagram_from_a_pair", """
def send(): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", FOLDER + "/datagram")
def message(): socket.socketpair()[0].sendmsg([b"x"], [], 0, FOLDER + "/datagram")
def log(): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", "/dev/log")
tell(connect={f.__name__: outcome(f) for f in (send, message, log)})
""", connecting_fails),
    Rule("no_named_socket_of_the_host", """
def connect(): socket.socket(socket.AF_UNIX).connect(FOLDER + "/socket")
tell(connect={"named": outcome(connect)})
""", connecting_fails),
    Rule("no_other_address_family", """
def vsock(): socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
def packet(): socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
def raw(): socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
def netlink(): socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
def bluetooth(): socket.socket(31, socket.SOCK_RAW, 1)
def crypto(): socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
tell(connect={f.__name__: outcome(f) for f in (vsock, packet, raw, netlink, bluetooth, crypto)})
""", connecting_fails, CONFINED),
    Rule("no_server", """
def serve(): socket.create_server(("127.0.0.1", 0))
def abstract(): socket.socket(socket.AF_UNIX).bind("\\0autograder-test-server")
tell(connect={f.__name__: outcome(f) for f in (serve, abstract)})
""", connecting_fails),
    Rule("no_name_is_resolved", """
tell(resolved=outcome(socket.getaddrinfo, "example.org", 80))
""", names_are_not_resolved, CONFINED),
    Rule("asyncio_still_works", """
import asyncio
async def nothing(): await asyncio.sleep(0)
tell(pair=outcome(lambda: asyncio.run(nothing())))
""", pairs_work),
)  # fmt: skip
