import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { PYTHON } from '../../local/cloud/paths';
import { PROJECT_ROOT } from './project-root';

/** An invocation that began before an update leaves a worker with the old code. */
const PROGRAM = `
from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from workers import use_current_code
use_current_code()
config = {"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Runtime": "nodejs24.x"}
for code in (b"old", b"new", b"new"):
    worker, how = lambda_svc.acquire_worker("f", config, code)
    lambda_runtime.release_worker(worker)
    print(worker.code_zip.decode(), how)
`;

test('an invocation never runs in a worker with other code', () => {
  const env = { PYTHONPATH: path.join(PROJECT_ROOT, 'local', 'cloud'), PYTHONDONTWRITEBYTECODE: '1' };
  const state = { STATE_DIR: process.env['BREAKWATER_E2E_FOLDER']!, LOG_LEVEL: 'ERROR' };
  const printed = execFileSync(PYTHON, ['-c', PROGRAM], { env: { ...env, ...state }, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(['old spawn', 'new spawn', 'new reused']);
});
