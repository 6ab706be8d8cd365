import { type CloudApi, CloudApiError } from '../../testing';
import { child, items, text, type XmlNode } from '../../testing/xml';

const API_VERSION = '2010-05-15';

/** An event of a stack. */
export interface StackEvent {
  readonly stackId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** State of a deployed stack. */
export interface StackState {
  /** ARN of the stack. */
  readonly id: string;
  readonly status: string;
}

export interface StackInput {
  readonly name: string;
  readonly templateUrl: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** The CloudFormation calls that a deployment needs, in one Region. */
export class CloudFormation {
  public constructor(private readonly api: CloudApi) {}

  /** State of the stack with this name or ARN; undefined if there is no such stack. */
  public async find(name: string): Promise<StackState | undefined> {
    try {
      const answer = await this.call('DescribeStacks', { StackName: name });
      const [stack] = items(answer, 'DescribeStacksResult', 'Stacks');
      return stack && { id: text(stack, 'StackId'), status: text(stack, 'StackStatus') };
    } catch (error) {
      if (error instanceof CloudApiError && /does not exist/.test(error.answer)) return undefined;
      throw error;
    }
  }

  /**
   * ARN of the newest stack whose name starts with `prefix`; undefined if there is no such stack.
   */
  public async latest(prefix: string): Promise<string | undefined> {
    const answer = await this.call('DescribeStacks', {});
    const found = items(answer, 'DescribeStacksResult', 'Stacks').filter((node) =>
      text(node, 'StackName').startsWith(prefix),
    );
    return found.map((node) => text(node, 'StackId')).at(-1);
  }

  /** Starts the creation of a stack. */
  public async create(input: StackInput): Promise<void> {
    await this.call('CreateStack', inputOf(input));
  }

  /**
   * Starts the update of a stack.
   * @returns false if nothing has changed
   */
  public async update(input: StackInput): Promise<boolean> {
    try {
      await this.call('UpdateStack', inputOf(input));
      return true;
    } catch (error) {
      if (error instanceof CloudApiError && /No updates are to be performed/.test(error.answer)) return false;
      throw error;
    }
  }

  /** Starts the deletion of a stack. */
  public async delete(name: string): Promise<void> {
    await this.call('DeleteStack', { StackName: name });
  }

  /** Events of a stack, oldest first. */
  public async events(name: string): Promise<StackEvent[]> {
    const found: StackEvent[] = [];
    let token = '';
    do {
      const answer = await this.call('DescribeStackEvents', {
        StackName: name,
        ...(token !== '' && { NextToken: token }),
      });
      found.push(...items(answer, 'DescribeStackEventsResult', 'StackEvents').map(eventOf));
      token = text(child(answer, 'DescribeStackEventsResult'), 'NextToken');
    } while (token !== '');
    return found.reverse();
  }

  /** CloudFormation's message for a refused call. */
  public static reasonOf(error: CloudApiError): string {
    return /<Message>([\s\S]*?)<\/Message>/.exec(error.answer)?.[1] ?? error.message;
  }

  private call(action: string, input: Record<string, string>): Promise<XmlNode> {
    return this.api.query('cloudformation', API_VERSION, action, input);
  }
}

function eventOf(node: XmlNode): StackEvent {
  return {
    stackId: text(node, 'StackId'),
    logicalId: text(node, 'LogicalResourceId'),
    physicalId: text(node, 'PhysicalResourceId'),
    type: text(node, 'ResourceType'),
    status: text(node, 'ResourceStatus'),
    reason: text(node, 'ResourceStatusReason'),
  };
}

function inputOf({ name, templateUrl, parameters, tags }: StackInput): Record<string, string> {
  const input: Record<string, string> = {
    StackName: name,
    TemplateURL: templateUrl,
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
    'Capabilities.member.2': 'CAPABILITY_AUTO_EXPAND',
  };
  for (const [i, [key, value]] of Object.entries(parameters).entries()) {
    input[`Parameters.member.${i + 1}.ParameterKey`] = key;
    input[`Parameters.member.${i + 1}.ParameterValue`] = value;
  }
  for (const [i, [key, value]] of Object.entries(tags).entries()) {
    input[`Tags.member.${i + 1}.Key`] = key;
    input[`Tags.member.${i + 1}.Value`] = value;
  }
  return input;
}
