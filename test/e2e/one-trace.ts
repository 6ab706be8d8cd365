import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudApi, JsonObject } from '../../testing';

type Line = Readonly<Record<string, unknown>>;

const LOGS = 'Logs_20140328';
const ATTEMPTS = 120;

/** Finds an order's lines in the logs of all functions. Somebody has bought something before. */
export function testOneTrace(cloud: () => CloudApi): void {
  test('one correlation id finds every log line of an order, from its request to its mail', async () => {
    const request = (await allLines(cloud())).findLast(
      ({ message, route, status }) => message === 'request' && route === 'POST /checkout' && status === 201,
    );
    const { correlation_id: id, xray_trace_id: root } = request!;
    expect(id).toEqual(expect.any(String));
    expect(root).toMatch(/^1-[\da-f]{8}-[\da-f]{24}$/);

    let found: Line[] = [];
    for (let attempt = 0; attempt < ATTEMPTS && !found.some(isMailed); attempt++) {
      if (attempt > 0) await sleep(500);
      found = (await allLines(cloud())).filter((line) => JSON.stringify(line).includes(String(id)));
    }
    const handled = found.filter(({ message }) => message === 'message');
    expect(new Set(handled.filter(isDone).map(({ service }) => service))).toEqual(
      new Set(['Payments', 'Invoices', 'Mail']),
    );
    for (const line of handled) {
      expect(line).toMatchObject({ correlation_id: id, origin_xray_trace_id: root, level: expect.any(String) });
    }
    expect(new Set(handled.map(({ function_request_id }) => function_request_id)).size).toBeGreaterThanOrEqual(3);

    const sent = relayedMessages(found).filter(({ correlation_id }) => correlation_id === id);
    expect(new Set(sent.map(({ to }) => to))).toEqual(new Set(['Payments', 'Invoices', 'Mail']));
    // No line about a message of the order is without the order's id.
    const ids = new Set(sent.map((message) => message['id']));
    const about = (await allLines(cloud())).filter((line) => line['message'] === 'message' && ids.has(line['id']));
    expect(about.length).toBeGreaterThanOrEqual(handled.length);
    for (const line of about) expect(line).toMatchObject({ correlation_id: id });
  }, 120_000);
}

const isDone = ({ outcome }: Line): boolean => outcome === 'done';
const isMailed = (line: Line): boolean => line['service'] === 'Mail' && isDone(line);

function relayedMessages(lines: readonly Line[]): Line[] {
  return lines.filter(({ message }) => message === 'relayed').flatMap(({ messages }) => messages as Line[]);
}

/** The lines of all functions that are JSON, in the order of their time. */
async function allLines(api: CloudApi): Promise<Line[]> {
  const lines: Line[] = [];
  for (const group of await pages(api, 'DescribeLogGroups', {}, 'logGroups')) {
    const logGroupName = group['logGroupName']!;
    for (const { message } of await pages(api, 'FilterLogEvents', { logGroupName }, 'events')) {
      if (String(message).startsWith('{')) lines.push(JSON.parse(String(message)) as Line);
    }
  }
  return lines.sort((a, b) => String(a['timestamp']).localeCompare(String(b['timestamp'])));
}

async function pages(api: CloudApi, operation: string, input: JsonObject, member: string): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  let nextToken: JsonObject[string] | undefined;
  do {
    const answer = await api.json('logs', `${LOGS}.${operation}`, { ...input, ...(nextToken && { nextToken }) });
    found.push(...((answer[member] ?? []) as JsonObject[]));
    nextToken = answer['nextToken'];
  } while (nextToken);
  return found;
}
