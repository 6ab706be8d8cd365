import { parentPort, workerData } from 'node:worker_threads';
import { compareIndicators, type IndicatorComparison } from './indicators';
import { type Judged, judgeTrace } from './judge-trace';
import { measureSpeed, type Speed } from './speed';
import { loadTrace } from './traces';

/** A job that runs in a worker thread. */
export type Task =
  | { kind: 'judge'; file: string; days?: number; lead: number; levels: readonly number[] }
  | { kind: 'indicators'; lead: number }
  | { kind: 'speed'; file: string; rounds: number };

export type Answer =
  | { kind: 'judge'; judged: Judged }
  | { kind: 'indicators'; comparison: IndicatorComparison }
  | { kind: 'speed'; speed: Speed };

export type Message = { done: number; of: number } | { answer: Answer };

function post(message: Message): void {
  parentPort!.postMessage(message);
}

const task = workerData as Task;
if (task.kind === 'judge') {
  const { minutes } = loadTrace(task.file, task.days);
  const { lead, levels } = task;
  post({
    answer: {
      kind: 'judge',
      judged: judgeTrace({ minutes, lead, levels, onDay: (done, of) => post({ done, of }) }),
    },
  });
} else if (task.kind === 'indicators') {
  post({ answer: { kind: 'indicators', comparison: compareIndicators({ leads: [task.lead] }) } });
} else {
  const { minutes } = loadTrace(task.file);
  post({ answer: { kind: 'speed', speed: measureSpeed(minutes, task.rounds) } });
}
