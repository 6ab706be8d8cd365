import type { ServiceAnswer, ServiceRequest } from '../../testing/aws/memory-server';

/**
 * A payment partner without idempotency keys: each call charges. It can be asked whether it has
 * charged an order. Paths are `/partner/ACCOUNT/ORDER`.
 */
export class Partner {
  private readonly charges = new Map<string, Map<string, number>>();
  private readonly crashes = new Map<string, number>();

  /** @param crash ends the process of an account */
  constructor(private readonly crash: (account: string) => void) {}

  /**
   * Ends the account's process during its call number `charges`, counted from now. Without a
   * number, no process is ended.
   */
  crashAfter(account: string, charges: number | undefined): void {
    if (charges === undefined) this.crashes.delete(account);
    else this.crashes.set(account, charges);
  }

  chargesOf(account: string): Record<string, number> {
    return Object.fromEntries(this.charges.get(account) ?? []);
  }

  async answer({ method, path }: ServiceRequest): Promise<ServiceAnswer | 'hang'> {
    const [, , account = '', order = ''] = path.split('/');
    const charges = this.charges.get(account) ?? new Map<string, number>();
    this.charges.set(account, charges);
    if (method === 'GET') return { status: charges.has(order) ? 200 : 404, body: '' };
    charges.set(order, (charges.get(order) ?? 0) + 1);
    const left = this.crashes.get(account);
    if (left === undefined) return { status: 200, body: '' };
    this.crashes.set(account, left - 1);
    if (left === 1) this.crash(account);
    return left > 1 ? { status: 200, body: '' } : 'hang';
  }
}
