/** A command of `npx breakwater`. */
export interface Command {
  /**
   * Runs the command to its end. It prints results to stdout and errors to stderr, one line each.
   * @param args the arguments after the command's name
   * @returns the exit code: 0, or another code that the command's `--help` documents
   */
  run(args: readonly string[]): Promise<number>;
}

/** A command in the list of `--help`. Its code is loaded only if the command is called. */
export interface ListedCommand {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
