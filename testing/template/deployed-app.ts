import type { CfnResource } from './cfn-template';
import { Resolver } from './resolver';
import type { SynthesizedApp, SynthesizedResource, SynthesizedStack } from './synthesize';

const FUNCTION = 'AWS::Lambda::Function';
/** Lambda's default timeout. */
const DEFAULT_TIMEOUT_SECONDS = 3;

/** A resource with resolved properties. */
export interface Resource {
  /** Path of the resource's construct. */
  readonly path: string;
  /** Path of the resource's stack. */
  readonly stack: string;
  readonly name: string;
  readonly arn: string;
  /** Address of a queue or of a function URL, else ''. */
  readonly url: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A function of the app. */
export interface DeployedFunction {
  readonly path: string;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Name of the export that Lambda calls. */
  readonly handlerName: string;
  readonly region: string;
  readonly statements: readonly Statement[];
}

/** A statement of a role's policies, with resolved references. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** The resources of an app as they would be deployed, by type and path. */
export class DeployedApp {
  private readonly resolver: Resolver;
  private readonly stacks: ReadonlyMap<string, SynthesizedStack>;

  /**
   * @param endpoint address of the services in memory
   * @param suffix suffix of the tables' names
   */
  constructor(
    private readonly app: SynthesizedApp,
    endpoint: string,
    suffix: string,
  ) {
    this.resolver = new Resolver(app, endpoint, suffix);
    this.stacks = new Map(app.stacks.map((stack) => [stack.path, stack]));
  }

  /**
   * Returns the resources of a type. If a path is given, only resources of the construct with this
   * path.
   */
  resources(type: string, under?: string): Resource[] {
    return this.find(type, under).map(({ path, stack, logicalId }) => ({
      path,
      stack,
      name: this.resolver.nameOf(stack, logicalId),
      arn: this.resolver.arnOf(stack, logicalId),
      url: this.resolver.urlOf(stack, logicalId),
      properties: this.resolver.properties(stack, logicalId),
    }));
  }

  /**
   * Returns the paths of the constructs whose function has an environment variable. The method
   * resolves no values.
   */
  pathsWith(variable: string): string[] {
    return this.find(FUNCTION)
      .filter((resource) => Object.hasOwn(this.rawVariables(resource), variable))
      .map(({ path }) => ownerOf(path));
  }

  /**
   * Returns the function of a module or a worker.
   * @param variable a variable that only such functions have
   * @throws Error that lists the existing paths
   */
  function(path: string, variable: string, kind: string): DeployedFunction {
    const known = this.pathsWith(variable);
    const [found] = known.includes(path) ? this.find(FUNCTION, path) : [];
    if (found === undefined) {
      const paths = known.map((other) => `'${other}'`).join(', ') || 'none: the app has no such construct';
      throw new Error(`the path of a ${kind} must be one of ${paths}; got '${path}'`);
    }
    const properties = this.resolver.properties(found.stack, found.logicalId);
    const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    return {
      path,
      name: this.resolver.nameOf(found.stack, found.logicalId),
      environment: Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)])),
      timeoutSeconds: Number(properties['Timeout'] ?? DEFAULT_TIMEOUT_SECONDS),
      handlerName: String(properties['Handler']).split('.').at(-1) ?? 'handler',
      region: this.stacks.get(found.stack)?.region ?? '',
      statements: this.statementsOf(String(properties['Role']).split('/').at(-1)),
    };
  }

  private statementsOf(role: string | undefined): Statement[] {
    return this.resources('AWS::IAM::Policy')
      .filter(({ properties }) => (properties['Roles'] as readonly unknown[] | undefined)?.includes(role))
      .flatMap(({ properties }) => (properties['PolicyDocument'] as { readonly Statement: Statement[] }).Statement);
  }

  private find(type: string, under?: string): SynthesizedResource[] {
    return this.app.resources.filter(
      (resource) =>
        this.raw(resource)?.Type === type &&
        (under === undefined || resource.path === under || resource.path.startsWith(`${under}/`)),
    );
  }

  private raw({ stack, logicalId }: SynthesizedResource): CfnResource | undefined {
    return this.stacks.get(stack)?.template.Resources?.[logicalId];
  }

  private rawVariables(resource: SynthesizedResource): object {
    return (this.raw(resource)?.Properties?.['Environment'] as { Variables?: object } | undefined)?.Variables ?? {};
  }
}

/** Returns the path of the module or worker to which a function belongs. */
function ownerOf(path: string): string {
  return path.replace(/\/Function\/Function\/Resource$/, '');
}
