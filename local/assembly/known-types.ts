import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { INSTALLED_MARK, PYTHON, runCommand } from '../cloud';
import { LocalError } from '../local-error';

const PRINT_TYPES = [
  'import json',
  'from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS',
  'print(json.dumps(sorted(_RESOURCE_HANDLERS)))',
].join('; ');

export interface KnownTypesProps {
  /**
   * Python interpreter with the local AWS emulator.
   * @default - the installed one
   */
  readonly python?: string;
  /**
   * File that describes the installation. The types are stored in the folder of this file. If the
   * file changes, the types are queried again.
   * @default - the file that `installCloud` writes last
   */
  readonly installedMark?: string;
}

/**
 * The CloudFormation types that the installed emulator can provision. The first call after an
 * installation queries the emulator, which takes a second. Later calls read a file.
 * @throws LocalError if the emulator can't be queried
 */
export async function knownTypes(props: KnownTypesProps = {}): Promise<ReadonlySet<string>> {
  const { python = PYTHON, installedMark = INSTALLED_MARK } = props;
  const mark = existsSync(installedMark) ? readFileSync(installedMark, 'utf8') : '';
  const hash = createHash('sha256').update(`${python}\n${mark}`).digest('hex').slice(0, 16);
  const file = path.join(path.dirname(installedMark), `resource-types-${hash}.json`);
  if (existsSync(file)) return new Set(JSON.parse(readFileSync(file, 'utf8')) as string[]);
  const result = await runCommand(python, ['-c', PRINT_TYPES]);
  if (result.code !== 0) {
    throw new LocalError(`the local AWS emulator did not list its resource types: ${result.stderr.trim().slice(-300)}`);
  }
  const types = JSON.parse(result.stdout) as string[];
  mkdirSync(path.dirname(file), { recursive: true });
  // The file is renamed when it is complete, so that no other process reads an incomplete one.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(types));
  renameSync(`${file}.${process.pid}`, file);
  return new Set(types);
}
