"""Deep linking: an instructor chooses labs in the platform, which makes a link for each."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec
from joserfc.jwk import RSAKey

from autograder.lti.errors import LtiError
from autograder.lti.launch import Launch
from autograder.lti.platform import is_safe
from autograder.lti.services import signed

_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_DEEP: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_LASTS: Final = 300  # seconds


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A lab as a link: where it leads, and the column that its grades go to, in points."""

    lab: str
    title: str
    url: str
    maximum: float


def answer(
    launch: Launch, choices: Sequence[Choice], key: RSAKey, *, now: float
) -> tuple[str, str]:
    """Return an address and the ``JWT`` that the browser must post to it. Raises LtiError."""
    choosing = launch.choosing
    if choosing is None or not is_safe(choosing.deep_link_return_url):
        raise LtiError("lti-request-broken")
    if len(choices) > 1 and not choosing.accept_multiple:
        raise LtiError("lti-one-only")
    claims: dict[str, object] = {
        "iss": launch.platform.client_id,
        "aud": launch.platform.issuer,
        "iat": int(now),
        "exp": int(now) + _LASTS,
        "nonce": secrets.token_urlsafe(16),
        _CLAIM + "message_type": "LtiDeepLinkingResponse",
        _CLAIM + "version": "1.3.0",
        _CLAIM + "deployment_id": launch.deployment,
        _DEEP + "content_items": [_item(one) for one in choices],
    }
    if choosing.data is not None:
        claims[_DEEP + "data"] = choosing.data
    return choosing.deep_link_return_url, signed(claims, key)


def _item(choice: Choice) -> dict[str, object]:
    return {
        "type": "ltiResourceLink",
        "title": choice.title,
        "url": choice.url,
        "custom": {"lab": choice.lab},
        "lineItem": {
            "label": choice.title,
            "scoreMaximum": choice.maximum,
            "resourceId": choice.lab,
        },
    }
