"""Runs the emulator's server: serve.py SOCKET.

On the Unix socket it takes one line from each connection, and answers in JSON.

"busy": the workers that run an invocation now, {"<account>:<region>:<function>:<qualifier>":
<number>}. No API of the emulator says that, and a version may be deleted, and $LATEST replaced,
only while none of its invocations runs.

"account <number>": from now on requests without a signature belong to this account, such as those
to an API or to the sign-in pages. The answer is {}.
"""
import json
import os
import runpy
import socket
import sys
import threading

from ministack import app
from ministack.core import lambda_runtime, responses

from app_hosts import leave_paths_to_functions
from custom_resources import answer_for_failed_functions
from workers import log_failed_starts, use_current_code


unsigned_account = None


def busy():
    with lambda_runtime._lock:
        counts = {key: sum(1 for worker in workers if worker.in_use) for key, workers in lambda_runtime._workers.items()}
    return {key: count for key, count in counts.items() if count > 0}


def answer(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                question, _, account = connection.makefile().readline().strip().partition(" ")
                if question == "account":
                    global unsigned_account
                    unsigned_account = account
                connection.sendall(json.dumps(busy() if question == "busy" else {}).encode())
            except OSError:
                pass  # The asking process has ended.


serve_request = app.app


async def serve_in_account(scope, receive, send):
    # A signed request replaces it by the account of its key.
    if unsigned_account is not None:
        responses._request_account_id.set(unsigned_account)
    await serve_request(scope, receive, send)


if __name__ == "__main__":
    app.app = serve_in_account
    path = sys.argv[1]
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o077)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=answer, args=(listener,), daemon=True).start()
    leave_paths_to_functions()
    answer_for_failed_functions()
    use_current_code()
    log_failed_starts()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")
