import { readFileSync } from 'node:fs';
import type { LocalEvent } from '../../local/events';
import { PICTURE, RECORD } from '../../shop/picture';
import { DisplayTime } from '../../shop/picture/display-time';
import { draw } from '../../shop/picture/draw';
import { type RunRecord, RunRecorder } from '../../shop/picture/run-record';

const RUN = JSON.parse(readFileSync(RECORD, 'utf8')) as RunRecord;
const ROW = { what: 'lines', expected: '3', got: '3', ok: true };

function logged(time: number, message: string, fields: Record<string, unknown>): LocalEvent {
  return { kind: 'log', time, module: 'm', functionName: 'f', message, fields };
}

function request(time: number, correlation_id: string, status = 201): LocalEvent {
  return logged(time, 'request', { route: 'POST /sales', status, ms: 10, correlation_id });
}

function handled(time: number, service: string, outcome = 'done'): LocalEvent {
  return logged(time, 'message', { service, outcome, correlation_id: 'r1' });
}

describe("README's picture", () => {
  const picture = draw(RUN);

  test('is drawn from the record in the repository', () => {
    expect(readFileSync(PICTURE, 'utf8')).toBe(picture);
  });

  test('has a dot for each order, no script and less than 60 KB', () => {
    expect(picture.match(/<circle /g)).toHaveLength(RUN.orders.length);
    expect(picture).not.toMatch(/<script|\son\w+=|href=|url\((?!#)/);
    expect(picture.length).toBeLessThan(60_000);
  });

  test('says in words what it shows, and stands still for people who want that', () => {
    expect(picture).toMatch(/<desc id="d">133 orders go through the edge .*£58,635\.56 sold, net/);
    expect(picture.match(/animation-duration/g)).toHaveLength(1);
    expect(picture).toContain('@media(prefers-reduced-motion:no-preference){*{animation-duration:20s}}');
  });

  test('shows a difference as a fault', () => {
    const wrong = draw({ ...RUN, rows: [{ ...ROW, got: '4', ok: false }] });
    expect(wrong).toContain('The stores differ from the file.');
    expect(wrong).toContain('✗');
  });
});

describe('the record of a run', () => {
  test('holds the times of an order, from the first sale on', () => {
    const recorder = new RunRecorder();
    recorder.take({ kind: 'request', time: 1, entrance: 'e', method: 'POST', path: '/sales', status: 201, ms: 1 });
    recorder.take(request(1_010, 'r1'));
    recorder.take(request(1_020, 'refused', 422));
    recorder.killed('Payments', 1_050);
    recorder.take(handled(1_060, 'Payments', 'failed'));
    for (const time of [1_100, 1_900]) recorder.take(handled(time, 'Payments'));
    recorder.take(handled(1_200, 'Invoices'));
    recorder.take(handled(1_300, 'Mail'));
    expect(recorder.finish([ROW], 2_000)).toEqual({
      date: '1970-01-01',
      requests: 1,
      orders: [[0, 10, 100, 200, 300]],
      kills: [[50, 'Payments']],
      reconciled: 1_000,
      rows: [ROW],
    });
  });

  test('takes the next time for a worker that was killed after its work, and needs the last one', () => {
    const recorder = new RunRecorder();
    recorder.take(request(1_010, 'r1'));
    recorder.take(handled(1_100, 'Payments'));
    expect(() => recorder.finish([], 2_000)).toThrow('each order must have a log line of Mail, got none');
    recorder.take(handled(1_300, 'Mail'));
    expect(recorder.finish([], 2_000).orders).toEqual([[0, 10, 100, 300, 300]]);
  });
});

test('long pauses are cut short, and the order of events stays', () => {
  const time = new DisplayTime({
    date: '',
    requests: 0,
    orders: [...Array(100).keys()].map((i) => [i * 10, i * 10 + 5, i * 20, i * 20 + 5, 200_000 + i * 10]),
    kills: [],
    reconciled: 0,
    rows: [],
  });
  expect(time.percentAt(200_000) - time.percentAt(2_000)).toBeLessThan(5);
  const percents = time.samples(50).map((ms) => time.percentAt(ms));
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect([time.percentAt(0), time.percentAt(time.end)]).toEqual([4, 74]);
});
