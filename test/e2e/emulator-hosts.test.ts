import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { PYTHON } from '../../local/cloud/paths';
import { PROJECT_ROOT } from './project-root';

const FUNCTION_URL = `${'a'.repeat(32)}.lambda-url.us-east-1.on.aws`;
const API = 'abcdef01.execute-api.127.0.0.1';
/** Prints whether the emulator itself answers some paths, on its own host name and on those of apps. */
const PROGRAM = `
import asyncio
from ministack import app
from app_hosts import leave_paths_to_functions
leave_paths_to_functions()
async def answered(host, method, path):
    headers = {"host": host}
    if await app._handle_pre_body_request(method, path, headers, {}, "id"):
        return True
    return bool(await app._handle_post_body_shortcuts(method, path, headers, b"{}", {}, "id"))
for host in ("127.0.0.1:4566", "${FUNCTION_URL}", "${API}"):
    for method, path in (("GET", "/health"), ("POST", "/_ministack/reset"), ("POST", "/_ministack/config")):
        print(host, path, asyncio.run(answered(host, method, path)))
`;

test('every path of a function URL or an API is left to its function', () => {
  const env = { PYTHONPATH: path.join(PROJECT_ROOT, 'local', 'cloud'), PYTHONDONTWRITEBYTECODE: '1' };
  const state = { STATE_DIR: process.env['BREAKWATER_E2E_FOLDER']!, LOG_LEVEL: 'ERROR', MINISTACK_HOST: '127.0.0.1' };
  const printed = execFileSync(PYTHON, ['-c', PROGRAM], { env: { ...env, ...state }, encoding: 'utf8' });
  const paths = ['/health', '/_ministack/reset', '/_ministack/config'];
  const all = (host: string, answers: string) => paths.map((one) => `${host} ${one} ${answers}`);
  expect(printed.trim().split('\n')).toEqual([
    ...all('127.0.0.1:4566', 'True'),
    ...all(FUNCTION_URL, 'False'),
    ...all(API, 'False'),
  ]);
});
