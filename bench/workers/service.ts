import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { nextMessage } from '../handler-process';
import { ROOT } from '../measure';
import { FOLDER } from './candidates';
import type { StubAnswer } from './stub-process';

/** The stub of DynamoDB, with the partner, in a process of its own. */
export class Stub {
  static async start(): Promise<Stub> {
    const child = fork(join(FOLDER, 'stub-process.ts'), { execArgv: ['--import', 'tsx'], cwd: ROOT });
    const { url } = (await nextMessage(child)) as { url: string };
    return new Stub(child, url);
  }

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * Returns the usage of an account since the last call, and all its charges. After this call, the
   * partner answers again.
   */
  async ask(account: string): Promise<StubAnswer> {
    return this.send({ account });
  }

  /**
   * Waits until the partner gets call number `charges` of an account. The partner doesn't answer
   * this call.
   */
  async crash(account: string, charges: number): Promise<void> {
    const crashed = this.next<{ crash?: string }>(({ crash }) => crash === account);
    await this.send({ account, crashAfter: charges });
    await crashed;
  }

  kill(): void {
    this.child.kill();
  }

  private async send(message: { readonly account: string; readonly crashAfter?: number }): Promise<StubAnswer> {
    const answered = this.next<StubAnswer>(({ account }) => account === message.account);
    this.child.send(message);
    return answered;
  }

  /**
   * The next message of one kind. Several parts of the benchmark wait for messages at the same
   * time.
   */
  private next<M extends object>(isWanted: (message: M) => boolean): Promise<M> {
    return new Promise((done) => {
      const onMessage = (message: unknown) => {
        if (!isWanted(message as M)) return;
        this.child.off('message', onMessage);
        done(message as M);
      };
      this.child.on('message', onMessage);
    });
  }
}
