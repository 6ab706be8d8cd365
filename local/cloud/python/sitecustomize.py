"""Every Python function of the emulator loads this file through PYTHONPATH.

Tokens name the issuer of AWS, https://cognito-idp.<region>.amazonaws.com/<pool>, and handlers fetch
its keys from that host. This file sends such requests to the emulator, which has the keys, as
issuer-keys.cjs does for Node.js. It covers `urllib` and `http.client`, so PyJWT too.
"""
import http.client
import os
import re
from urllib.parse import urlsplit

ISSUER = re.compile(r"cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
endpoint = os.environ.get("AWS_ENDPOINT_URL")

# The server itself has no such name.
if endpoint and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    target = urlsplit(endpoint)
    connect = http.client.HTTPSConnection.connect

    def connect_to_emulator(self):
        if ISSUER.fullmatch(self.host):
            self.host, self.port = target.hostname, target.port
        connect(self)

    http.client.HTTPSConnection.connect = connect_to_emulator
