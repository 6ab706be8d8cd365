import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Annotations, App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AnnotationLines, readAssembly } from '../../../local/assembly';

test("an assembly has the warnings and errors of its stacks' constructs", () => {
  const outdir = mkdtempSync(path.join(tmpdir(), 'annotations-'));
  try {
    const app = new App({ outdir });
    const part = new Construct(new Stack(app, 'Shop'), 'Part');
    Annotations.of(part).addWarningV2('test:slow', 'it is slow');
    Annotations.of(part).addError('it is wrong');
    Annotations.of(part).addInfo('it is blue');
    app.synth();
    const { stacks } = readAssembly(outdir);
    const lines = new AnnotationLines();
    expect(lines.of(stacks)).toEqual([
      'synth warns: Shop/Part: it is slow [ack: test:slow]',
      'synth error, with which cdk deploy fails: Shop/Part: it is wrong',
    ]);
    // The next synth repeats only lines that were absent in the meantime.
    expect(lines.of(stacks)).toEqual([]);
    expect(lines.of([])).toEqual([]);
    expect(lines.of(stacks)).toHaveLength(2);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
});
