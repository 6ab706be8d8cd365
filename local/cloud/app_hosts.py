"""Host names of function URLs and APIs, by which the emulator finds a function."""
from ministack import app


def leave_paths_to_functions():
    """Passes every path of a function URL or an API to its function.

    The emulator itself would answer some paths on every host name, such as /health, and
    /_ministack/reset, which erases all data. On AWS these paths belong to the app.
    """
    for name in ("_handle_pre_body_request", "_handle_post_body_shortcuts"):
        setattr(app, name, except_for_functions(getattr(app, name)))


def except_for_functions(handle):
    async def handle_others(method, path, headers, *others):
        host = headers.get("host", "")
        if app._LAMBDA_URL_RE.match(host) or app._EXECUTE_API_RE.match(host):
            return None
        return await handle(method, path, headers, *others)

    return handle_others
