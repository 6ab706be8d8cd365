import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { draw } from './draw';
import type { RunRecord } from './run-record';

/** Record of the run that the picture shows. `npm start -- --once --record FILE` writes one. */
export const RECORD = path.join(__dirname, 'day-of-sales.json');
export const PICTURE = path.resolve(__dirname, '..', '..', 'docs', 'images', 'day-of-sales.svg');

/** `npm run picture`: draws the picture of README. */
if (require.main === module) {
  const [file = RECORD] = process.argv.slice(2);
  writeFileSync(PICTURE, draw(JSON.parse(readFileSync(file, 'utf8')) as RunRecord));
  console.log(PICTURE);
}
