"""Workers of functions, which are processes that the emulator keeps for further invocations."""
from ministack.core import lambda_runtime
from ministack.services import lambda_svc


def use_current_code():
    """Makes an invocation use a worker with the code that it is for.

    An invocation that reads the code just before an update takes a worker just after the update has
    ended all. The emulator would keep that worker, and answer with the old code from then on.
    """
    acquire = lambda_svc.acquire_worker

    def acquire_current(func_name, config, code_zip, qualifier="$LATEST", **others):
        key = lambda_runtime._worker_key(func_name, config, qualifier)
        with lambda_runtime._lock:
            workers = lambda_runtime._workers.get(key, [])
            outdated = [worker for worker in workers if not worker.in_use and worker.code_zip != code_zip]
            for worker in outdated:
                workers.remove(worker)
        lambda_runtime.kill_workers(outdated)
        return acquire(func_name, config, code_zip, qualifier=qualifier, **others)

    lambda_svc.acquire_worker = acquire_current


def log_failed_starts():
    """Makes a function's log say why its code can't be loaded.

    The emulator answers the caller with the reason, and writes no line to the function's log. So a
    message to a worker that can't load would fail without a trace.
    """
    execute = lambda_svc._execute_function_warm

    def execute_and_log(func, event, request_id):
        result = execute(func, event, request_id)
        body = result.get("body")
        if result.get("error") and not result.get("log") and isinstance(body, dict) and "errorMessage" in body:
            reason = str(body["errorMessage"]).removeprefix("Worker init failed: ")
            result["log"] = f"Error: the function could not start: {reason}"
        return result

    lambda_svc._execute_function_warm = execute_and_log
