"""Runs the emulator's server: serve.py SOCKET.

On the Unix socket it answers each connection with the workers that run an invocation now, as JSON:
{"<account>:<region>:<function>:<qualifier>": <number>}. No API of the emulator says that, and a
version may be deleted, and $LATEST replaced, only while none of its invocations runs.
"""
import json
import os
import runpy
import socket
import sys
import threading

from ministack.core import lambda_runtime

from custom_resources import answer_for_failed_functions


def busy():
    with lambda_runtime._lock:
        counts = {key: sum(1 for worker in workers if worker.in_use) for key, workers in lambda_runtime._workers.items()}
    return {key: count for key, count in counts.items() if count > 0}


def answer(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(json.dumps(busy()).encode())
            except OSError:
                pass  # The asking process has ended.


if __name__ == "__main__":
    path = sys.argv[1]
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o077)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=answer, args=(listener,), daemon=True).start()
    answer_for_failed_functions()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")
