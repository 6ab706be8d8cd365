import { type CloudApi, CloudApiError } from '../../testing';
import { type PreparedStack, pathOf, type TemplateTree, templatesIn } from '../assembly';
import { LocalError } from '../local-error';
import { CloudFormation, type StackEvent, type StackState } from './cloudformation';
import { failureOf } from './custom-resource-failure';

const POLL_MS = 50;
/** Waiting time after which a custom resource is checked. Most are answered earlier. */
const GRACE_PERIOD_MS = 2_000;
const NESTED_STACK = 'AWS::CloudFormation::Stack';
/** States of a stack that can't be updated. */
const DEAD = /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED|REVIEW_IN_PROGRESS)$/;
const UNDER_WAY = /_IN_PROGRESS$/;
const GOOD = /^(CREATE|UPDATE)_COMPLETE$/;

export interface StackRunProps {
  readonly api: CloudApi;
  readonly stack: PreparedStack;
  readonly templateUrl: string;
  readonly logFile?: string;
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Creates or updates one stack and waits until it is done. */
export class StackRun {
  private readonly cloudFormation: CloudFormation;
  private readonly startedAt = Date.now();

  public constructor(private readonly props: StackRunProps) {
    this.cloudFormation = new CloudFormation(props.api);
  }

  /**
   * @returns whether anything has changed
   * @throws LocalError with the construct path and the reason of the first resource that failed
   */
  public async run(): Promise<boolean> {
    const { stack, templateUrl } = this.props;
    const { name, parameters, tags } = stack;
    const input = { name, templateUrl, parameters, tags };
    const before = await this.cleared();
    try {
      if (before === undefined) await this.cloudFormation.create(input);
      else if (!(await this.cloudFormation.update(input))) return false;
    } catch (error) {
      if (!(error instanceof CloudApiError)) throw error;
      throw new LocalError(`stack ${stack.id} was refused: ${CloudFormation.reasonOf(error)}`);
    }
    const { id, status } = await this.ended(name);
    if (GOOD.test(status)) return true;
    throw new LocalError(`stack ${stack.id} failed (${status}): ${await this.reasonFor(id, stack)}`);
  }

  /** Returns the state of the stack. If the stack can't be updated, it is deleted first. */
  private async cleared(): Promise<StackState | undefined> {
    const state = await this.cloudFormation.find(this.props.stack.name);
    if (state === undefined) return undefined;
    if (!DEAD.test(state.status) && !UNDER_WAY.test(state.status)) return state;
    await this.cloudFormation.delete(state.id);
    for (;;) {
      const now = await this.cloudFormation.find(state.id);
      if (now === undefined || now.status === 'DELETE_COMPLETE') return undefined;
      if (!UNDER_WAY.test(now.status)) {
        throw new LocalError(`stack ${state.id} is ${state.status} and can't be deleted: ${now.status}`);
      }
      await this.pause();
    }
  }

  private async ended(name: string): Promise<StackState> {
    for (;;) {
      const state = await this.cloudFormation.find(name);
      if (state === undefined) throw new LocalError(`stack ${name} was deleted while it was deployed`);
      if (!UNDER_WAY.test(state.status)) return state;
      await this.lookAtCustomResources(state.id);
      await this.pause();
    }
  }

  private lookedAt = 0;

  /** Ends the deployment if a custom resource will never be answered. */
  private async lookAtCustomResources(id: string): Promise<void> {
    if (Date.now() - Math.max(this.startedAt, this.lookedAt) < GRACE_PERIOD_MS) return;
    this.lookedAt = Date.now();
    const { api, stack, logFile } = this.props;
    const events = await this.allEvents(id);
    const latest = new Map(events.map((event) => [event.logicalId, event]));
    const finished = [...latest.values()].filter(({ status }) => /_COMPLETE$/.test(status));
    this.props.progress(`deploy ${stack.id}: ${finished.length} resources of ${countOf(stack)}`);
    const physicalIds = new Map([...latest.values()].map(({ logicalId, physicalId }) => [logicalId, physicalId]));
    for (const { logicalId, type, status } of latest.values()) {
      if (!UNDER_WAY.test(status) || !/^Custom::|::CustomResource$/.test(type)) continue;
      const failure = await failureOf({ logicalId, since: this.startedAt }, { api, stack, physicalIds, logFile });
      if (failure !== undefined) {
        throw new LocalError(`stack ${stack.id} failed: ${pathIn(stack, logicalId)} (${type}): ${failure}`);
      }
    }
  }

  /** Events of a stack and its nested stacks, oldest first. */
  private async allEvents(id: string): Promise<StackEvent[]> {
    const events = await this.cloudFormation.events(id);
    const nested = new Set(events.filter((event) => isNested(event)).map(({ physicalId }) => physicalId));
    const inner = await Promise.all([...nested].map((one) => this.allEvents(one)));
    return [...events, ...inner.flat()];
  }

  /** The first failure of the last attempt, because later failures are its consequences. */
  private async reasonFor(id: string, tree: TemplateTree): Promise<string> {
    const events = await this.cloudFormation.events(id);
    const begun = events.findLastIndex(
      ({ physicalId, status }) => physicalId === id && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status),
    );
    const attempt = events.slice(Math.max(0, begun));
    const failed = attempt.filter(({ status, physicalId }) => /_FAILED$/.test(status) && physicalId !== id);
    const first = failed.find(({ reason }) => !/cancelled/i.test(reason)) ?? failed[0];
    if (first === undefined) return attempt.findLast(({ reason }) => reason !== '')?.reason ?? 'it gives no reason';
    const nested = tree.nested.get(first.logicalId);
    if (nested !== undefined && isNested(first)) return this.reasonFor(first.physicalId, nested);
    return `${pathIn(tree, first.logicalId)} (${first.type}): ${first.reason}`;
  }

  private async pause(): Promise<void> {
    if (this.props.signal?.aborted) throw new LocalError('the deployment was stopped');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function isNested({ type, physicalId, stackId }: StackEvent): boolean {
  return type === NESTED_STACK && physicalId !== '' && physicalId !== stackId;
}

function countOf(stack: TemplateTree): number {
  return templatesIn(stack).reduce((sum, { template }) => sum + Object.keys(template.Resources).length, 0);
}

/** Construct path of a resource in a template or in those nested in it. */
function pathIn(tree: TemplateTree, logicalId: string): string {
  const resource = templatesIn(tree)
    .map(({ template }) => template.Resources[logicalId])
    .find((one) => one !== undefined);
  return resource === undefined ? logicalId : pathOf(logicalId, resource);
}
