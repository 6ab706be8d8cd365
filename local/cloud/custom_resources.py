"""Fails a custom resource at once whose function ends with an error before it has answered.

CloudFormation waits an hour for the answer, and so does the emulator. A function that can't start
or throws never answers, so a deployment would hang and say nothing. A failed deletion counts as
done: the resource's state is gone with the emulator.
"""
import threading

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

_waiting = threading.local()


def answer_for_failed_functions():
    """Replaces the emulator's invocation of custom resources. The server must not run yet."""
    invoke = custom_resource.invoke_custom_resource
    execute = lambda_svc._execute_function_with_config_scope

    def invoke_custom_resource(*args, **kwargs):
        _waiting.first = True
        return invoke(*args, **kwargs)

    def execute_function(func, event):
        # Only an error of the invocation by CloudFormation itself is an answer. A state machine may
        # pass the event on, to ask whether the resource is complete. An error of such a call may only
        # mean "not yet".
        is_first = getattr(_waiting, "first", False)
        _waiting.first = False
        result = execute(func, event)
        if is_first and isinstance(result, dict) and result.get("error"):
            answer(event, func, result)
        return result

    custom_resource.invoke_custom_resource = invoke_custom_resource
    lambda_svc._execute_function_with_config_scope = execute_function


def answer(event, func, result):
    """Answers in the function's place, unless it has answered before it failed."""
    token = event["ResponseURL"].rsplit("/", 1)[-1]
    pending = custom_resource._pending.get(token)
    if pending is None or pending["event"].is_set():
        return
    name = (func.get("config") or func).get("FunctionName", "unknown")
    body = result.get("body")
    message = body.get("errorMessage") if isinstance(body, dict) else body
    custom_resource.deliver_response(
        token,
        {
            "Status": "SUCCESS" if event["RequestType"] == "Delete" else "FAILED",
            "Reason": f"its function {name} failed before it answered: {message}",
            "PhysicalResourceId": event.get("PhysicalResourceId", f"{name}-failed"),
        },
    )
