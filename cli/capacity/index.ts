import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Analysis, analyse } from './analysis';
import { CapacityError } from './capacity-error';
import { HELP, type Options, parseOptions } from './options';
import { page } from './page/page';
import { readExport } from './read-export';
import { reportJson, reportOf } from './report';
import { terminalReport } from './terminal';
import { modelledDuration, modelledPoints, readTuning, type Tuning, tune } from './tuning';

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new CapacityError(`${file} can't be read: ${why}`);
  }
}

function tuningOf({ tuning, work, memoryMb }: Options): Tuning | undefined {
  if (tuning !== undefined) return tune(readTuning(contentOf(tuning), tuning), memoryMb, 'measured');
  if (work !== undefined) return tune(modelledPoints(work), memoryMb, 'modelled', modelledDuration(work, memoryMb));
  return undefined;
}

/**
 * Shows progress: one line that is overwritten in a terminal, otherwise a new line every 20 days of
 * the replay.
 */
function progress(done: number, of: number): void {
  const line = `replaying day ${done} of ${of}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}${done === of ? '\n' : ''}`);
  else if (done > 0 && done % 20 === 0) process.stderr.write(`${line}\n`);
}

function write(folder: string, files: Readonly<Record<string, string>>): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return Object.entries(files).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
  } catch (error) {
    throw new CapacityError(`The report can't be written to ${folder}: ${(error as Error).message}`);
  }
}

function writeReport(args: readonly string[]): void {
  const asked = parseOptions(args);
  if (asked === undefined) {
    console.log(HELP);
    return;
  }
  const source = readExport(contentOf(asked.file), asked.file);
  const options: Options = { ...asked, gaps: asked.gaps ?? source.gaps };
  const tuning = tuningOf(options);
  const analysis: Analysis = analyse(source.points, options, progress);
  const report = reportOf(basename(options.file), options, analysis, source, tuning);
  const files = write(options.out, { 'report.html': page(report), 'report.json': reportJson(report) });
  console.log(terminalReport(report, files));
}

/**
 * `npx breakwater capacity FILE`: computes whether predictive scaling would have saved money on a
 * recorded load. It reads files, writes the report as a page and as JSON, and calls no service.
 * @returns 0 if the report or the help was written, otherwise 2
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    writeReport(args);
    return 0;
  } catch (error) {
    console.error(error instanceof CapacityError ? error.message : (error as Error).stack);
    return 2;
  }
}
