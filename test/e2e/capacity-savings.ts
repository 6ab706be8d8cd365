import * as path from 'node:path';
import { startStub } from '../../bench/coldstart/stub';
import { ACTING_TARGET, targetTracking } from '../../forecast/policies';
import { packRoutes, type RouteDeclaration } from '../../lib/protocol';
import type { Template, ValueMap } from '../../local/assembly';
import { NODE, runCommand } from '../../local/cloud';
import { PROJECT_ROOT } from './project-root';

/** Number of starts; their median counts. */
const STARTS = 5;
const RUNNER = path.join(PROJECT_ROOT, 'bench', 'coldstart', 'runner.mjs');
const REQUEST = {
  version: '2.0',
  rawPath: '/search',
  rawQueryString: 'q=white%20mug',
  headers: {},
  isBase64Encoded: false,
  requestContext: { requestId: 'start', http: { method: 'GET', path: '/search', sourceIp: '192.0.2.1' } },
};
const ROUTES: RouteDeclaration[] = [
  { method: 'GET', path: '/search', access: ['anyone'], query: { q: { maxLength: 100 }, page: { maxLength: 100 } } },
  { method: 'GET', path: '/products/{sku}', access: ['anyone'] },
];

/**
 * Measures the milliseconds from the start of a process to the first answer of a deployed search handler, on the Node version that
 * functions are deployed on. A stub answers its calls at once. Lambda's own preparation of an instance isn't included.
 * @param assembly folder with the handler's package
 */
export async function measureFirstAnswer(assembly: string, template: Template, logicalId: string): Promise<number> {
  const code = template.Resources[logicalId]!.Properties!['Code'] as ValueMap;
  const folder = path.join(assembly, `asset.${String(code['S3Key']).replace(/\.zip$/, '')}`);
  const { server, url } = await startStub();
  try {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      const {
        code: exit,
        stdout,
        stderr,
      } = await runCommand(NODE, [RUNNER, path.join(folder, 'index.mjs'), JSON.stringify(REQUEST)], {
        env: {
          AWS_ENDPOINT_URL: url,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_LAMBDA_FUNCTION_NAME: 'search',
          BREAKWATER_NAME: 'Search',
          BREAKWATER_MAP_TABLE: 'map',
          BREAKWATER_ROUTES: packRoutes(ROUTES),
        },
      });
      if (exit !== 0) throw new Error(`the handler did not start: ${stderr.slice(-1_000)}`);
      const { first, answer } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
        first: number;
        answer: { statusCode?: number };
      };
      if (answer.statusCode !== 200) throw new Error(`the handler answered ${JSON.stringify(answer).slice(0, 500)}`);
      times.push(first);
    }
    return times.sort((a, b) => a - b)[Math.floor(STARTS / 2)]!;
  } finally {
    server.close();
  }
}

/** Instances that a way of scaling would have had ready in each minute. */
export interface Replayed {
  readonly provision: Float64Array;
  /** Cold starts from the beginning of the peak to the end of each minute. */
  readonly coldStarts: Float64Array;
}

export interface Savings {
  /** Target tracking alone. */
  readonly reactive: Replayed;
  /** With the floor held through the peak. */
  readonly ahead: Replayed;
}

/**
 * Simulates cold starts: concurrent executions beyond the provisioned instances and beyond those that an earlier request of the peak
 * has started. Nothing is measured, because the emulator stores provisioned concurrency without providing it.
 * @param demand concurrent executions by minute: quiet minutes first, then the peak
 * @param peak index of the peak's first minute
 */
export function simulateColdStarts(
  demand: Float64Array,
  peak: number,
  floor: number,
  { lead, min, max, reactiveTarget }: { lead: number; min: number; max: number; reactiveTarget: number },
): Savings {
  const floors = Float64Array.from(demand, (_, minute) => (minute < peak ? min : floor));
  const replayed = (provision: Float64Array): Replayed => {
    let warm = 0;
    let count = 0;
    const coldStarts = demand.map((wanted, minute) => {
      if (minute < peak) return 0;
      const beyond = Math.max(0, wanted - provision[minute]!);
      count += Math.max(0, beyond - warm);
      warm = Math.max(warm, beyond);
      return count;
    });
    return { provision, coldStarts };
  };
  return {
    reactive: replayed(targetTracking(demand, { lead, target: reactiveTarget, min, max })),
    ahead: replayed(targetTracking(demand, { lead, target: ACTING_TARGET, floor: floors, min, max })),
  };
}
