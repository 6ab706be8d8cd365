import type { CfnResource } from './cfn-template';
import type { SynthesizedApp, SynthesizedStack } from './synthesize';

/** Name of the property with a resource's name, by type of the resource. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
};
/** Service and resource part of ARNs, by type of the resource. */
const ARNS: Readonly<Record<string, (name: string) => readonly [service: string, resource: string]>> = {
  'AWS::DynamoDB::Table': (name) => ['dynamodb', `table/${name}`],
  'AWS::IAM::Role': (name) => ['iam', `role/${name}`],
  'AWS::KMS::Key': (name) => ['kms', `key/${name}`],
  'AWS::Lambda::Function': (name) => ['lambda', `function:${name}`],
  'AWS::SQS::Queue': (name) => ['sqs', name],
};

/**
 * Gives each resource of an app a name, an address and an ARN, as a deployment would. With them, it
 * resolves the intrinsic functions of templates.
 */
export class Resolver {
  private readonly stacks: ReadonlyMap<string, SynthesizedStack>;

  /**
   * @param endpoint address of the services in memory
   * @param suffix suffix of the tables' names
   */
  constructor(
    private readonly app: SynthesizedApp,
    private readonly endpoint: string,
    private readonly suffix: string,
  ) {
    this.stacks = new Map(app.stacks.map((stack) => [stack.path, stack]));
  }

  /**
   * Resolves all intrinsic functions in a value. Throws an error if it contains an unknown
   * function.
   */
  resolve(stackPath: string, value: unknown): unknown {
    if (Array.isArray(value))
      return value.map((part) => this.resolve(stackPath, part)).filter((part) => part !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const [name, ...more] = Object.keys(value);
    if (name !== undefined && more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.call(stackPath, name, (value as Record<string, unknown>)[name]);
    }
    const entries = Object.entries(value).map(([key, part]) => [key, this.resolve(stackPath, part)]);
    return Object.fromEntries(entries.filter(([, part]) => part !== NO_VALUE));
  }

  /** The resolved properties of a resource. */
  properties(stackPath: string, logicalId: string): Readonly<Record<string, unknown>> {
    return this.resolve(stackPath, this.resource(stackPath, logicalId)?.Properties ?? {}) as Record<string, unknown>;
  }

  /** The name that the deployed resource would have. */
  nameOf(stackPath: string, logicalId: string): string {
    const resource = this.resource(stackPath, logicalId);
    const property = NAME_PROPERTIES[resource?.Type ?? ''];
    const stated = property === undefined ? undefined : this.resolve(stackPath, resource?.Properties?.[property]);
    if (typeof stated === 'string') return stated;
    const name = `${this.stack(stackPath).name}-${logicalId}`;
    if (resource?.Type === 'AWS::DynamoDB::Table') return `${name}${this.suffix}`;
    if (resource?.Type === 'AWS::S3::Bucket') return name.toLowerCase();
    if (resource?.Type === 'AWS::Cognito::UserPool') return `${this.stack(stackPath).region}_${logicalId.slice(-9)}`;
    return resource?.Properties?.['FifoQueue'] === true ? `${name}.fifo` : name;
  }

  /** The address of a queue or of a function URL; '' for other resources. */
  urlOf(stackPath: string, logicalId: string): string {
    const { account, region } = this.stack(stackPath);
    const name = this.nameOf(stackPath, logicalId);
    const type = this.resource(stackPath, logicalId)?.Type;
    if (type === 'AWS::SQS::Queue') return `${this.endpoint}/${account}/${name}`;
    return type === 'AWS::Lambda::Url' ? `https://${name.toLowerCase()}.lambda-url.${region}.on.aws/` : '';
  }

  private call(stackPath: string, name: string, argument: unknown): unknown {
    const resolve = (value: unknown) => this.resolve(stackPath, value);
    switch (name) {
      case 'Ref':
        return this.ref(stackPath, String(argument));
      case 'Fn::GetAtt': {
        const [id = '', ...rest] = Array.isArray(argument) ? (argument as string[]) : String(argument).split('.');
        return this.attribute(stackPath, id, rest.join('.'));
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return (resolve(parts) as unknown[]).join(separator);
      }
      case 'Fn::Sub':
        return this.substitute(stackPath, argument);
      case 'Fn::Select': {
        const [position, parts] = argument as [unknown, unknown];
        return (resolve(parts) as unknown[])[Number(resolve(position))];
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, unknown];
        return String(resolve(text)).split(separator);
      }
      case 'Fn::ImportValue':
        return this.exported(String(resolve(argument)));
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = resolve(argument) as Record<string, unknown>;
        return this.output(String(StackName), String(OutputName));
      }
      default:
        throw new Error(`testStack supports only some functions of templates, got ${name} in stack ${stackPath}`);
    }
  }

  private substitute(stackPath: string, argument: unknown): string {
    const [text, given] = Array.isArray(argument) ? (argument as [string, object]) : [String(argument), {}];
    const values = this.resolve(stackPath, given) as Record<string, unknown>;
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(values, name)) return String(values[name]);
      return String(this.call(stackPath, name.includes('.') ? 'Fn::GetAtt' : 'Ref', name));
    });
  }

  private ref(stackPath: string, id: string): unknown {
    const stack = this.stack(stackPath);
    switch (id) {
      case 'AWS::Region':
        return stack.region;
      case 'AWS::AccountId':
        return stack.account;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/test`;
      case 'AWS::NoValue':
        return NO_VALUE;
    }
    const parameter = stack.template.Parameters?.[id];
    if (parameter !== undefined) return this.parameter(stack, id) ?? parameter.Default;
    return this.resource(stackPath, id)?.Type === 'AWS::SQS::Queue'
      ? this.urlOf(stackPath, id)
      : this.nameOf(stackPath, id);
  }

  /** Returns the value that the parent stack passes to a parameter of a nested stack. */
  private parameter({ parent }: SynthesizedStack, name: string): unknown {
    if (parent === undefined) return undefined;
    const given = this.resource(parent.path, parent.logicalId)?.Properties?.['Parameters'] as Record<string, unknown>;
    return this.resolve(parent.path, given?.[name]);
  }

  /** The ARN that the deployed resource would have. */
  arnOf(stackPath: string, logicalId: string): string {
    const { region, account } = this.stack(stackPath);
    const type = this.resource(stackPath, logicalId)?.Type ?? '';
    const name = this.nameOf(stackPath, logicalId);
    if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
    const [service, resource] = ARNS[type]?.(name) ?? [(type.split('::')[1] ?? '').toLowerCase(), name];
    return `arn:aws:${service}:${region}:${account}:${resource}`;
  }

  private attribute(stackPath: string, id: string, attribute: string): unknown {
    const { region } = this.stack(stackPath);
    if (attribute.startsWith('Outputs.')) return this.nestedOutput(stackPath, id, attribute.slice('Outputs.'.length));
    const name = this.nameOf(stackPath, id);
    switch (attribute) {
      case 'Arn':
        return this.arnOf(stackPath, id);
      case 'StreamArn':
        return `${this.arnOf(stackPath, id)}/stream/2026-01-01T00:00:00.000`;
      case 'QueueName':
        return name;
      case 'FunctionUrl':
      case 'QueueUrl':
        return this.urlOf(stackPath, id);
      case 'ProviderURL':
        return `https://cognito-idp.${region}.amazonaws.com/${name}`;
      default:
        return `${name}.${attribute}`;
    }
  }

  private nestedOutput(stackPath: string, id: string, output: string): unknown {
    const nested = this.app.stacks.find(({ parent }) => parent?.path === stackPath && parent.logicalId === id);
    if (nested === undefined) throw new Error(`stack ${stackPath} must have a nested stack '${id}', got none`);
    return this.resolve(nested.path, nested.template.Outputs?.[output]?.Value);
  }

  private output(stackName: string, output: string): unknown {
    const found = this.app.stacks.find(({ name }) => name === stackName);
    if (found === undefined) throw new Error(`the app must have a stack '${stackName}', got none`);
    return this.resolve(found.path, found.template.Outputs?.[output]?.Value);
  }

  private exported(name: string): unknown {
    for (const stack of this.app.stacks) {
      for (const { Export, Value } of Object.values(stack.template.Outputs ?? {})) {
        if (Export !== undefined && this.resolve(stack.path, Export.Name) === name)
          return this.resolve(stack.path, Value);
      }
    }
    throw new Error(`a stack of the app must export '${name}', got none`);
  }

  private stack(path: string): SynthesizedStack {
    const stack = this.stacks.get(path);
    if (stack === undefined) throw new Error(`there is no stack ${path}`);
    return stack;
  }

  private resource(stackPath: string, logicalId: string): CfnResource | undefined {
    return this.stack(stackPath).template.Resources?.[logicalId];
  }
}

/** The value of `AWS::NoValue`. Properties with this value are left out. */
const NO_VALUE = Symbol('no value');
