import * as path from 'node:path';

/** The repository. */
export const PROJECT_ROOT = path.resolve(__dirname, '..', '..');
