import { App } from 'aws-cdk-lib';
import { buildShop } from '../../bin/app';
import {
  type MessageResult,
  service,
  type TestCaller,
  type TestModule,
  type TestStack,
  type TestWorker,
  testStack,
} from '../../testing';

export const POINT_OF_SALE = service('point-of-sale');

/** Handlers of the shop by the construct that has them. */
const MODULES = {
  Checkout: () => import('../../lambdas/shop/checkout'),
  CatalogueEditor: () => import('../../lambdas/shop/catalogue-editor'),
  Search: () => import('../../lambdas/shop/search'),
  OrderHistory: () => import('../../lambdas/shop/order-history'),
};
const WORKERS = {
  Payments: () => import('../../lambdas/shop/payments'),
  Invoices: () => import('../../lambdas/shop/invoices'),
  Mail: () => import('../../lambdas/shop/mail'),
};
const STORES = ['InvoiceDocuments', 'MailOutbox'];

/** A request to a route, with its path parameters apart. */
export interface ShopRequest {
  readonly caller?: TestCaller;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The shop's stack, with all its handlers. */
export class TestShop {
  static async open(environment: Readonly<Record<string, string>> = {}): Promise<TestShop> {
    const stack = await testStack(() => buildShop(new App()));
    const modules: Record<string, TestModule> = {};
    for (const [name, load] of Object.entries(MODULES)) {
      modules[name] = await stack.testModule(`Shop/Shop/${name}`, load, { environment });
    }
    const workers: Record<string, TestWorker> = {};
    for (const [name, load] of Object.entries(WORKERS)) {
      workers[name] = await stack.testWorker(`Shop/Shop/${name}`, load, { environment });
    }
    return new TestShop(stack, modules, workers);
  }

  private constructor(
    readonly stack: TestStack,
    private readonly modules: Readonly<Record<string, TestModule>>,
    private readonly workers: Readonly<Record<string, TestWorker>>,
  ) {}

  /** Calls a route of a module: `call('Checkout', 'POST /sales', { caller, body })`. */
  async call(module: keyof typeof MODULES, route: string, { params = {}, body, ...options }: ShopRequest) {
    const [method = '', pattern = ''] = route.split(' ');
    const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const { status, body: answer } = await this.modules[module]!.request(method, path, body, options);
    const issues = answer?.error?.issues as
      | { readonly path: string; readonly message: string; readonly got: string }[]
      | undefined;
    return { status, body: answer, code: answer?.error?.code, issues, paths: issues?.map(({ path: field }) => field) };
  }

  /** Delivers every message of outboxes and queues twice and concurrently, until there are none. */
  deliverAll(): Promise<void> {
    return this.stack.relayAll({ copies: 2 });
  }

  /** Delivers one message to each worker. */
  async deliverToAll(body: unknown): Promise<MessageResult[]> {
    return (await Promise.all(Object.values(this.workers).map((worker) => worker.deliver({ body })))).flat();
  }

  worker(name: keyof typeof WORKERS): TestWorker {
    return this.workers[name]!;
  }

  itemsIn(table: string): Record<string, unknown>[] {
    return this.stack.table(table).items();
  }

  /** Keys of all documents with their store: `MailOutbox/mail/1.eml`. */
  documents(): string[] {
    return STORES.flatMap((store) =>
      this.stack
        .documents(store)
        .keys()
        .map((key) => `${store}/${key}`),
    );
  }
}
