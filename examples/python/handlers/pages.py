"""A micro-module in Python. It contains the checks that routes() makes for TypeScript handlers."""

import base64
import hashlib
import json
import os
from urllib.parse import unquote

from tokens import IDENTITY, Refused, claims_of

MAX_BODY_BYTES = 10_000
clients = {}


def handler(event, context):
    method = event["requestContext"]["http"]["method"]
    path = event["rawPath"]
    # Header names are in lower case. `authorization` contains CloudFront's signature, never a token.
    headers = event["headers"]
    try:
        if method in ("GET", "HEAD") and path.startswith("/hello/"):
            return answer(200, {"hello": unquote(path.removeprefix("/hello/"))})
        if method == "POST" and path == "/notes":
            author = person(headers)
            note = {"author": author, "text": str(body(event, headers).get("text", ""))}
            table().put_item(Item=note)
            return answer(201, note)
        raise Refused(404, "not_found", "no declared route accepts this request")
    except Refused as refused:
        return answer(refused.status, {"error": {"code": refused.code, "message": refused.message}})


def person(headers: dict) -> str:
    """Returns the caller's id. Call it before body(), so that strangers get no details about the body."""
    token = headers.get("x-breakwater-token")
    if not token:
        raise Refused(401, "token_missing", "this route needs a bearer token: sign in first")
    claims = claims_of(token)
    # Programs also have tokens. Only tokens of people have this claim: `username` in a user pool,
    # `email` at this issuer.
    mark = "username" if IDENTITY["kind"] == "cognito" else "email"
    if not claims.get(mark) or not claims.get("sub"):
        raise Refused(403, "access_denied", "this route is for people")
    return claims["sub"]


def body(event: dict, headers: dict) -> dict:
    raw = event.get("body") or ""
    data = base64.b64decode(raw) if event.get("isBase64Encoded") else raw.encode()
    if len(data) > MAX_BODY_BYTES:
        raise Refused(413, "body_too_large", f"a body must have at most {MAX_BODY_BYTES} bytes, got {len(data)}")
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "wrong_content_type", "the body must be application/json")
    if headers.get("x-amz-content-sha256") != hashlib.sha256(data).hexdigest():
        raise Refused(400, "body_hash_wrong", "x-amz-content-sha256 is not the SHA-256 of the body that arrived")
    try:
        value = json.loads(data)
    except ValueError as error:
        raise Refused(400, "malformed_json", "the body is not JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise Refused(422, "invalid_body", "the body must be an object")
    return value


def answer(status: int, value: dict) -> dict:
    """Makes an answer in format 2.0 of function URLs. Errors and personal answers are never cached."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(value)}


def table():
    """Returns the only shard of the table `Written`. Its name is in the map table."""
    if "table" not in clients:
        import boto3

        tables = boto3.resource("dynamodb")
        shard_map = tables.Table(os.environ["BREAKWATER_MAP_TABLE"]).get_item(Key={"table": "Written"})["Item"]
        clients["table"] = tables.Table(shard_map["shards"][0])
    return clients["table"]
