/** Without a terminal, a line of progress is written only after this time without output. */
const QUIET_MS = 5_000;

/** Output for the user: phases with their times, and progress in between. */
export class Report {
  private readonly phases: { readonly name: string; readonly ms: number }[] = [];
  private readonly terminal: boolean;
  private lastShown = Date.now();
  private open = false;

  public constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    this.terminal = out.isTTY === true;
  }

  /**
   * Shows progress. On a terminal, the next line replaces the text. Elsewhere, the text is written
   * only after 5 seconds without output.
   */
  public progress(text: string): void {
    if (this.terminal) {
      this.out.write(`\r\u001b[2K  ${text.slice(0, (this.out.columns ?? 80) - 3)}`);
      this.open = true;
      return;
    }
    if (Date.now() - this.lastShown >= QUIET_MS) this.line(`  ${text}`);
  }

  /** Writes a line. */
  public line(text = ''): void {
    if (this.open) this.out.write('\r\u001b[2K');
    this.open = false;
    this.lastShown = Date.now();
    this.out.write(`${text}\n`);
  }

  /** Runs a phase and records its time. */
  public async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.progress(name);
    const started = Date.now();
    const result = await work();
    this.took(name, Date.now() - started);
    return result;
  }

  /** Records a phase that was measured elsewhere. */
  public took(name: string, ms: number): void {
    this.phases.push({ name, ms });
    this.line(`${name.padEnd(24)} ${seconds(ms)}`);
  }

  /** The phases with their times. */
  public times(): readonly { readonly name: string; readonly ms: number }[] {
    return this.phases;
  }

  /** Writes a table with aligned columns. The first row is the head. */
  public table(rows: readonly (readonly string[])[]): void {
    const widths = rows.reduce<number[]>((w, row) => row.map((cell, i) => Math.max(w[i] ?? 0, cell.length)), []);
    for (const row of rows) {
      this.line(
        row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd(),
      );
    }
  }
}

/** Milliseconds as `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
