"""Verifies access tokens (JSON web tokens signed with RS256). It uses only Python's standard library.

Alternatively use PyJWT with `cryptography`. Then its arm64 wheel must be in the function's code.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request

# DER encoding that precedes the 32 bytes of a SHA-256 digest: RFC 8017, section 9.2, note 1.
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
# Minimum time between two fetches of the keys. Without it, each forged token with an unknown key would cause a fetch.
MIN_SECONDS_BETWEEN_FETCHES = 10


class Refused(Exception):
    """A refused request. `code` is one of docs/refusals.md."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Keys:
    """The issuer's public keys. They are fetched once per process, and again if a token has an unknown key."""

    def __init__(self, identity: dict):
        self.identity = identity
        self.by_id: dict[str, dict] = {}
        self.fetched_at = -MIN_SECONDS_BETWEEN_FETCHES

    def find(self, key_id: str) -> dict:
        if key_id not in self.by_id and time.monotonic() - self.fetched_at >= MIN_SECONDS_BETWEEN_FETCHES:
            self._fetch()
        if key_id not in self.by_id:
            raise Refused(401, "token_invalid", "the token is signed by an unknown key")
        return self.by_id[key_id]

    def _fetch(self) -> None:
        self.fetched_at = time.monotonic()
        try:
            keys = _get(self._address())["keys"]
        except (OSError, ValueError, KeyError) as error:
            raise Refused(503, "identity_unavailable", "the issuer's keys can't be fetched") from error
        self.by_id = {key["kid"]: key for key in keys if key.get("kty") == "RSA" and "kid" in key}

    def _address(self) -> str:
        well_known = f"{self.identity['issuer'].rstrip('/')}/.well-known"
        if "jwksUri" in self.identity:
            return self.identity["jwksUri"]
        if self.identity["kind"] == "cognito":
            return f"{well_known}/jwks.json"
        document = _get(f"{well_known}/openid-configuration")
        if document["issuer"] != self.identity["issuer"] or not document["jwks_uri"].startswith("https://"):
            raise ValueError("the discovery document belongs to another issuer")
        return document["jwks_uri"]


def _get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=3) as answer:
        return json.load(answer)


IDENTITY = json.loads(os.environ.get("BREAKWATER_IDENTITY") or "{}")
KEYS = Keys(IDENTITY)


def claims_of(token: str) -> dict:
    """Returns the claims of a token if its signature, issuer, audience and times are valid."""
    try:
        signed, _, signature = token.rpartition(".")
        head, payload = signed.split(".")
        header, claims = json.loads(_decode(head)), json.loads(_decode(payload))
        signature_bytes = _decode(signature)
        key_id = header["kid"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(401, "token_malformed", "authorization must be one signed JSON web token") from error
    # Only one algorithm is allowed. Otherwise an attacker could choose the algorithm "none".
    if header.get("alg") != "RS256" or "crit" in header:
        raise Refused(401, "token_invalid", "the token must be signed with RS256")
    if not _is_signed(signed.encode(), signature_bytes, KEYS.find(key_id)):
        raise Refused(401, "token_invalid", "the signature is wrong")
    if claims.get("iss") != IDENTITY["issuer"] or not _is_for_us(claims):
        raise Refused(401, "token_foreign", "the token is from another issuer, or for another audience")
    # An ID token is meant only for the page at which the person signed in, so it is refused.
    if IDENTITY["kind"] == "cognito" and claims.get("token_use") != "access":
        raise Refused(401, "token_invalid", "an access token is needed")
    now = time.time()
    if not isinstance(claims.get("exp"), (int, float)):
        raise Refused(401, "token_invalid", "the token must have an expiry (exp)")
    if claims["exp"] <= now:
        raise Refused(401, "token_expired", "the token has expired")
    if claims.get("nbf", 0) > now:
        raise Refused(401, "token_invalid", "the token isn't valid yet")
    return claims


def _is_for_us(claims: dict) -> bool:
    if IDENTITY["kind"] == "cognito":
        return True  # Access tokens of a user pool have no audience.
    audience = claims.get("aud")
    return IDENTITY["audience"] in (audience if isinstance(audience, list) else [audience])


def _is_signed(message: bytes, signature: bytes, key: dict) -> bool:
    """Checks an RSASSA-PKCS1-v1_5 signature. It compares the whole padded digest: RFC 8017, 8.2.2."""
    modulus, exponent = (int.from_bytes(_decode(key[name]), "big") for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size or size < 256:
        return False
    found = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(size, "big")
    digest = SHA256_PREFIX + hashlib.sha256(message).digest()
    return hmac.compare_digest(found, b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
