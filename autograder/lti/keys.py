"""The platforms' public keys, fetched when a launch needs them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Final

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from autograder.lti.errors import RefusedError, UnreachableError
from autograder.lti.platform import ALGORITHM, Platform

_LARGEST: Final = 200_000  # bytes of a key set
_LONGEST: Final = 20_000  # characters of a token


class PlatformKeys:
    """Checks signatures. A key set is kept until a token names a key that is not in it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._sets: dict[str, KeySet] = {}
        self._fetches: dict[str, int] = defaultdict(int)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def claims(self, token: str, platform: Platform) -> dict[str, Any]:
        """Return the claims of a token that the platform signed.

        Raises RefusedError where it did not, UnreachableError where its keys cannot be had.
        """
        if len(token) > _LONGEST:
            raise RefusedError("lti-token-broken")
        seen = self._fetches[platform.keys_url]
        keys = self._sets.get(platform.keys_url) or await self._fetch(platform, seen)
        try:
            return _claims(token, keys)
        except InvalidKeyIdError:  # the platform may have new keys
            keys = await self._fetch(platform, seen)
        try:
            return _claims(token, keys)
        except InvalidKeyIdError:
            raise RefusedError("lti-token-unsigned") from None

    async def _fetch(self, platform: Platform, seen: int) -> KeySet:
        """Fetch a key set anew, unless somebody did since ``seen`` fetches: then that is new."""
        address = platform.keys_url
        async with self._locks[address]:
            if self._fetches[address] == seen or address not in self._sets:
                self._sets[address] = await self._read(address)
                self._fetches[address] += 1
            return self._sets[address]

    async def _read(self, address: str) -> KeySet:
        try:
            async with self._client.stream("GET", address) as answer:
                answer.raise_for_status()
                content = bytearray()
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > _LARGEST:
                        raise UnreachableError("lti-keys-broken", address=address)
            return KeySet.import_key_set(httpx.Response(200, content=bytes(content)).json())
        except httpx.HTTPError:
            raise UnreachableError("lti-keys-unreachable", address=address) from None
        except (ValueError, KeyError, TypeError, AttributeError, JoseError):
            raise UnreachableError("lti-keys-broken", address=address) from None


def _claims(token: str, keys: KeySet) -> dict[str, Any]:
    """Return what is signed. Raises InvalidKeyIdError where no key has the name given."""
    try:
        return jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError):  # also a key of another kind, or no JSON
        raise RefusedError("lti-token-unsigned") from None
