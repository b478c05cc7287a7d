"""The public keys of those who sign, fetched when a sign-in needs them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Final

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from autograder.lti.errors import RefusedError, UnreachableError
from autograder.lti.platform import ALGORITHM

_LARGEST: Final = 200_000  # bytes of an answer
_LONGEST: Final = 20_000  # characters of a token


class SigningKeys:
    """Checks signatures. A key set is kept until a token names a key that is not in it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._sets: dict[str, KeySet] = {}
        self._fetches: dict[str, int] = defaultdict(int)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def claims(self, token: str, address: str, algorithm: str = ALGORITHM) -> dict[str, Any]:
        """Return the claims of a token that a key of this address signed, by this algorithm.

        Raises RefusedError where none did, UnreachableError where the keys cannot be had.
        """
        if len(token) > _LONGEST:
            raise RefusedError("token-broken")
        seen = self._fetches[address]
        keys = self._sets.get(address) or await self._fetch(address, seen)
        try:
            return _claims(token, keys, algorithm)
        except InvalidKeyIdError:  # there may be new keys
            keys = await self._fetch(address, seen)
        try:
            return _claims(token, keys, algorithm)
        except InvalidKeyIdError:
            raise RefusedError("token-unsigned") from None

    async def _fetch(self, address: str, seen: int) -> KeySet:
        """Fetch a key set anew, unless somebody did since ``seen`` fetches: then that is new."""
        async with self._locks[address]:
            if self._fetches[address] == seen or address not in self._sets:
                self._sets[address] = await self._read(address)
                self._fetches[address] += 1
            return self._sets[address]

    async def _read(self, address: str) -> KeySet:
        try:
            answer = await fetch(self._client, "GET", address)
            found = answer.raise_for_status().json()["keys"]
            keys = [key for one in found if (key := _key(one)) is not None]
            if not keys:
                raise ValueError("no key that signs")  # noqa: TRY301
        except httpx.HTTPError:
            raise UnreachableError("keys-unreachable", address=address) from None
        except (ValueError, KeyError, TypeError):
            raise UnreachableError("keys-broken", address=address) from None
        return KeySet(keys)


async def fetch(
    client: httpx.AsyncClient, method: str, address: str, **what: Any
) -> httpx.Response:
    """Return an answer that is read as far as it may be long. Raises HTTPError, ValueError."""
    async with client.stream(method, address, follow_redirects=False, **what) as answer:
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > _LARGEST:
                raise ValueError("an answer without an end")
        headers = {"content-type": answer.headers.get("content-type", "")}
        status, request = answer.status_code, answer.request
    return httpx.Response(status, headers=headers, content=bytes(content), request=request)


def _key(one: Any) -> Key | None:
    """Return a key that signs, None for one that cannot be read or is for something else."""
    try:
        return JWKRegistry.import_key(one) if one.get("use", "sig") == "sig" else None
    except (ValueError, KeyError, TypeError, AttributeError, JoseError):
        return None


def _claims(token: str, keys: KeySet, algorithm: str) -> dict[str, Any]:
    """Return what is signed. Raises InvalidKeyIdError where no key has the name given."""
    try:
        return jwt.decode(token, keys, algorithms=[algorithm]).claims
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError):  # also a key of another kind, or no JSON
        raise RefusedError("token-unsigned") from None
