import { type CloudApi, CloudApiError } from '../../testing';
import { type PreparedStack, pathOf, type TemplateTree, templatesIn } from '../assembly';
import { LocalError } from '../local-error';
import { CloudFormation, type StackEvent, type StackState } from './cloudformation';

const POLL_MS = 50;
/** Interval between two lines of progress. Most deployments end before the first line. */
const PROGRESS_INTERVAL_MS = 1_000;
/**
 * Maximum wait for the end of an earlier, aborted deployment of the stack. After it, the stack is
 * deleted.
 */
const ABORTED_TIMEOUT_MS = 10_000;
const NESTED_STACK = 'AWS::CloudFormation::Stack';
/** States of a stack that can't be updated. */
const NOT_UPDATABLE = /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED|REVIEW_IN_PROGRESS)$/;
const UNDER_WAY = /_IN_PROGRESS$/;
const SUCCEEDED = /^(CREATE|UPDATE)_COMPLETE$/;

export interface StackRunProps {
  readonly api: CloudApi;
  readonly stack: PreparedStack;
  readonly templateUrl: string;
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Creates or updates one stack and waits until it is done. */
export class StackRun {
  private readonly cloudFormation: CloudFormation;

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
    if (SUCCEEDED.test(status)) return true;
    throw new LocalError(`stack ${stack.id} failed (${status}): ${await this.reasonFor(id, stack)}`);
  }

  /**
   * Returns the state of a stack that can be updated. Deletes any other stack, and returns
   * undefined.
   */
  private async cleared(): Promise<StackState | undefined> {
    const { name } = this.props.stack;
    const deadline = Date.now() + ABORTED_TIMEOUT_MS;
    let state = await this.cloudFormation.find(name);
    while (state !== undefined && UNDER_WAY.test(state.status) && Date.now() < deadline) {
      await this.pause();
      state = await this.cloudFormation.find(name);
    }
    if (state === undefined || state.status === 'DELETE_COMPLETE') return undefined;
    if (!NOT_UPDATABLE.test(state.status) && !UNDER_WAY.test(state.status)) return state;
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
      await this.reportProgress(state.id);
      await this.pause();
    }
  }

  private reportedAt = Date.now();

  /**
   * Reports the number of finished resources, and the custom resources that the stack waits for.
   */
  private async reportProgress(id: string): Promise<void> {
    if (Date.now() - this.reportedAt < PROGRESS_INTERVAL_MS) return;
    this.reportedAt = Date.now();
    const { stack, progress } = this.props;
    const latest = [...new Map((await this.allEvents(id)).map((event) => [event.logicalId, event])).values()];
    const finished = latest.filter(({ status }) => /_COMPLETE$/.test(status)).length;
    const awaited = latest
      .filter(({ type, status }) => UNDER_WAY.test(status) && /^Custom::|::CustomResource$/.test(type))
      .map(({ logicalId }) => pathIn(stack, logicalId));
    const waits = awaited.length === 0 ? '' : `, waits for the answer of ${awaited.join(', ')}`;
    progress(`deploy ${stack.id}: ${finished} resources of ${countOf(stack)}${waits}`);
  }

  /** Events of a stack and its nested stacks, oldest first. */
  private async allEvents(id: string): Promise<StackEvent[]> {
    const events = await this.cloudFormation.events(id);
    const nested = new Set(events.filter((event) => isNested(event)).map(({ physicalId }) => physicalId));
    const inner = await Promise.all([...nested].map((one) => this.allEvents(one)));
    return [...events, ...inner.flat()];
  }

  /**
   * Reason of the first failure in the last attempt. Later failures are consequences of the first
   * one.
   */
  private async reasonFor(id: string, tree: TemplateTree): Promise<string> {
    const events = await this.cloudFormation.events(id);
    const begun = events.findLastIndex(
      ({ physicalId, status }) => physicalId === id && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status),
    );
    const attempt = events.slice(Math.max(0, begun));
    const failed = attempt.filter(({ status, physicalId }) => /_FAILED$/.test(status) && physicalId !== id);
    const first = failed.find(({ reason }) => !/cancelled/i.test(reason)) ?? failed[0];
    if (first === undefined)
      return attempt.findLast(({ reason }) => reason !== '')?.reason ?? 'CloudFormation states no reason';
    const nested = tree.nested.get(first.logicalId);
    // The event of a failed nested stack contains no ARN. The stack's name starts with the parent's
    // name and the logical ID.
    const nestedId = nested && (await this.cloudFormation.latest(`${nameIn(id)}-${first.logicalId}`));
    if (nested !== undefined && nestedId !== undefined) return this.reasonFor(nestedId, nested);
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

/** Name of the stack with this ARN. */
function nameIn(id: string): string {
  return id.split('/')[1] ?? id;
}

function countOf(stack: TemplateTree): number {
  return templatesIn(stack).reduce((sum, { template }) => sum + Object.keys(template.Resources).length, 0);
}

/** Construct path of a resource in a template or in a template nested in it. */
function pathIn(tree: TemplateTree, logicalId: string): string {
  const resource = templatesIn(tree)
    .map(({ template }) => template.Resources[logicalId])
    .find((one) => one !== undefined);
  return resource === undefined ? logicalId : pathOf(logicalId, resource);
}
