import { appendFileSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { MS_PER_MINUTE } from '../../forecast/minutes';

/** A minute of the loop, as it is printed. */
export interface StoryMinute {
  readonly minute: number;
  readonly demand: number;
  readonly floor: number;
  /** Instances that target tracking alone would have had. */
  readonly alone: number;
  /** Cold starts since the peak began: with target tracking alone, and with the floor. */
  readonly cold?: readonly number[];
}

const COLUMNS = ['UTC', 'demand', 'floor', 'tracking alone', 'cold so far, alone', 'with the floor'] as const;
const WIDTHS = [9, 9, 8, 17, 21, 17];

/**
 * Output of `npm run capacity:demo`: lines on the terminal, and files in a folder that `launch.ts --story` names. Without a folder,
 * nothing is printed or written.
 */
export class CapacityStory {
  private readonly started = Date.now();

  public constructor(private readonly folder = process.env['BREAKWATER_E2E_STORY']) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** Prints a line after the seconds that have passed. */
  public tell(text: string): void {
    this.write(`${String(Math.round((Date.now() - this.started) / 1000)).padStart(4)} s  ${text}`);
  }

  /** Prints the head of the table of minutes. */
  public head(...titles: readonly string[]): void {
    this.write('');
    for (const title of titles) this.divide(title);
    this.write(cells(COLUMNS));
    this.keep('minutes.csv', 'minute,demand,floor,target tracking alone,cold starts alone,cold starts with the floor');
  }

  /** Prints a line that continues the one before. */
  public divide(text: string): void {
    this.write(`        ${text}`);
  }

  public row({ minute, demand, floor, alone, cold = [] }: StoryMinute): void {
    const figures = [demand, floor, alone, ...cold];
    this.write(cells([clockTime(minute), ...figures]));
    this.keep('minutes.csv', [new Date(minute * MS_PER_MINUTE).toISOString(), ...figures].join(','));
  }

  /** Adds a line to a file of the folder. */
  public keep(file: string, line: string): void {
    if (this.folder !== undefined) appendFileSync(path.join(this.folder, file), `${line}\n`);
  }

  private write(line: string): void {
    if (this.folder !== undefined) process.stdout.write(`${line}\n`);
  }
}

/** `09:14`, in UTC. */
export function clockTime(minute: number): string {
  return new Date(minute * MS_PER_MINUTE).toISOString().slice(11, 16);
}

function cells(values: readonly (string | number)[]): string {
  return `    ${values.map((value, i) => String(value).padStart(WIDTHS[i]!)).join('')}`;
}
