import { type CloudApi, type EdgeLogEntry, type IOriginClient, loadDistribution } from '../../testing';
import { type CertificateFiles, HeldPort, portError } from '../cloud';
import type { RunningStack } from '../deploy';
import type { LocalEvents } from '../events';
import { type LocalIdentity, type SignInServer, serveSignIn } from '../identity';
import { LocalError } from '../local-error';
import type { LocalResource } from '../running-app';
import { functionUrl, stagePath, webAclArn, webAclOf } from './deployed-entrance';
import { LocalEdge } from './edge';
import type { LocalAddress } from './local-address';
import { type LocalProxy, serveProxy } from './local-proxy';

const DISTRIBUTION = 'AWS::CloudFront::Distribution';

/** A stack whose distributions get addresses before they are deployed. */
export interface PlannedStack {
  readonly name: string;
  readonly region: string;
  readonly template: { readonly Resources?: Readonly<Record<string, { readonly Type: string }>> };
}

export interface EntrancesProps {
  /** Clients of the emulator, by Region. */
  readonly api: (region: string) => CloudApi;
  readonly certificate: CertificateFiles;
  readonly events: LocalEvents;
  /** Port of the first distribution. @default - a free one */
  readonly edgePort?: number;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
  readonly onEdgeRequest?: (entry: EdgeLogEntry, distributionId: string) => void;
  /** Wraps the client that calls the origins, to measure the calls. */
  readonly measured?: (origins: IOriginClient) => IOriginClient;
}

interface Ports {
  readonly http: HeldPort;
  readonly https: HeldPort;
}

interface Entrance {
  readonly address: LocalAddress;
  /** A distribution; undefined for a function URL or an API. */
  readonly edge?: LocalEdge;
  close(): Promise<void>;
}

/**
 * The entrances of an app on this machine. Each distribution has an edge simulator. Each API has a
 * proxy, and so has each function URL that no distribution uses. The user pool has a sign-in
 * server. The ports stay the same as long as the app runs.
 */
export class Entrances {
  private readonly ports = new Map<string, Ports>();
  private readonly open = new Map<string, Entrance>();
  private signInPort?: HeldPort;
  private signIn?: SignInServer;

  public constructor(private readonly props: EntrancesProps) {}

  /**
   * Reserves the ports of the app's distributions.
   * @returns the addresses that sign-in may redirect to, without a trailing slash
   */
  public async plan(stacks: readonly PlannedStack[]): Promise<readonly string[]> {
    for (const { name, region, template } of stacks) {
      for (const [logicalId, { Type: type }] of Object.entries(template.Resources ?? {})) {
        const key = keyOf(region, name, logicalId);
        if (type !== DISTRIBUTION || this.ports.has(key)) continue;
        const stated = this.ports.size === 0 ? this.props.edgePort : undefined;
        const http = await HeldPort.hold('the distribution', stated);
        this.ports.set(key, { http, https: await HeldPort.hold('the distribution with TLS') });
      }
    }
    return this.origins();
  }

  /**
   * Opens the entrances of deployed stacks, and closes entrances that no longer exist. A
   * distribution that is already open gets its new settings.
   */
  public async update(stacks: readonly RunningStack[], identity?: LocalIdentity): Promise<readonly LocalAddress[]> {
    await this.serveSignIn(identity, stacks);
    const known = new Set<string>();
    const inUse = new Set<string>();
    for (const stack of stacks) {
      for (const resource of stack.resources.filter(({ type }) => type === DISTRIBUTION)) {
        known.add(keyOf(stack.region, stack.name, resource.logicalId));
        for (const host of await this.updateEdge(stack, resource, stacks, identity)) inUse.add(host);
      }
    }
    for (const stack of stacks) {
      for (const { resource, kind, deployedUrl, host } of await this.proxied(stack)) {
        if (inUse.has(new URL(deployedUrl).hostname)) continue;
        const key = keyOf(stack.region, stack.name, resource.logicalId);
        known.add(key);
        if (this.open.get(key)?.address.deployedUrl === deployedUrl) continue;
        await this.closeOne(key);
        this.open.set(key, await this.startProxy(stack, resource, kind, deployedUrl, host));
      }
    }
    for (const key of this.open.keys()) if (!known.has(key)) await this.closeOne(key);
    return this.addresses();
  }

  /** Addresses of the open entrances, distributions first. */
  public addresses(): readonly LocalAddress[] {
    const all = [...this.open.values()].map(({ address }) => address);
    return [...all.filter(({ kind }) => kind === 'distribution'), ...all.filter(({ kind }) => kind !== 'distribution')];
  }

  /** Empties the caches of the distributions. */
  public invalidate(): void {
    for (const { edge } of this.open.values()) edge?.invalidate();
  }

  /** Address of the sign-in; undefined if there is none. */
  public get signInUrl(): string | undefined {
    return this.signIn?.url;
  }

  public async close(): Promise<void> {
    await Promise.all([...this.open.keys()].map((key) => this.closeOne(key)));
    await Promise.all([...this.ports.values()].flatMap(({ http, https }) => [http.release(), https.release()]));
    await this.signIn?.close();
    this.signIn = undefined;
  }

  private origins(): string[] {
    return [...this.ports.values()].flatMap(({ http, https }) => [
      `http://localhost:${http.port}`,
      `https://localhost:${https.port}`,
    ]);
  }

  private async serveSignIn(identity: LocalIdentity | undefined, stacks: readonly RunningStack[]): Promise<void> {
    if (identity === undefined || this.signIn !== undefined || !identity.hasSignIn || this.ports.size === 0) return;
    const [region] = stacks.map((stack) => stack.region);
    const { endpoint } = this.props.api(region!).props;
    this.signInPort = await HeldPort.hold('the sign-in');
    await this.signInPort.release();
    try {
      const { port } = this.signInPort;
      this.signIn = await serveSignIn({ port, endpoint, host: identity.signInHost, origins: this.origins() });
    } catch (error) {
      throw portError(error, 'the sign-in');
    }
  }

  /** @returns host names of the distribution's origins */
  private async updateEdge(
    stack: RunningStack,
    resource: LocalResource,
    stacks: readonly RunningStack[],
    identity: LocalIdentity | undefined,
  ): Promise<readonly string[]> {
    const key = keyOf(stack.region, stack.name, resource.logicalId);
    const name = resource.path ?? resource.logicalId;
    try {
      const api = this.props.api(stack.region);
      const webAcl = webAclOf(stacks, await webAclArn(api, resource.physicalId));
      const model = await loadDistribution(api, resource.physicalId, { webAcl });
      const open = this.open.get(key);
      if (open?.edge !== undefined) {
        open.edge.replace(model);
      } else {
        const edge = await LocalEdge.start({
          cloud: api.props,
          model,
          ports: this.ports.get(key) ?? (await freePorts()),
          certificate: this.props.certificate,
          rewrites: this.signIn === undefined ? {} : { [`https://${identity!.signInHost}`]: this.signIn.url },
          measured: this.props.measured,
          onRequest: (entry) => {
            this.props.events.emit({ kind: 'request', entrance: name, ...entry });
            this.props.onEdgeRequest?.(entry, resource.physicalId);
          },
        });
        const { url, secureUrl } = edge;
        const deployedUrl = `https://${model.domainName}`;
        const address: LocalAddress = {
          name,
          kind: 'distribution',
          stackName: stack.name,
          url,
          secureUrl,
          deployedUrl,
        };
        this.open.set(key, { address, edge, close: () => edge.close() });
      }
      return model.origins.map(({ domainName }) => domainName);
    } catch (error) {
      if (error instanceof LocalError) throw error;
      await this.closeOne(key);
      this.props.line(`distribution ${name} has no local address: ${(error as Error).message}`);
      return [];
    }
  }

  /** The APIs and function URLs of a stack. */
  private async proxied(stack: RunningStack): Promise<readonly Proxied[]> {
    const api = this.props.api(stack.region);
    const found: Proxied[] = [];
    for (const resource of stack.resources) {
      const kind = KINDS[resource.type];
      if (kind === undefined) continue;
      if (kind === 'function URL') {
        const deployedUrl = await functionUrl(api, resource.physicalId);
        if (deployedUrl !== undefined) found.push({ resource, kind, deployedUrl, host: new URL(deployedUrl).hostname });
        continue;
      }
      const deployedUrl = `https://${resource.physicalId}.execute-api.${stack.region}.amazonaws.com${stagePath(stack, resource)}`;
      found.push({ resource, kind, deployedUrl, host: `${resource.physicalId}.execute-api.127.0.0.1` });
    }
    return found;
  }

  private async startProxy(
    stack: RunningStack,
    resource: LocalResource,
    kind: LocalAddress['kind'],
    deployedUrl: string,
    host: string,
  ): Promise<Entrance> {
    const name = resource.path ?? resource.logicalId;
    const proxy: LocalProxy = await serveProxy({
      port: await HeldPort.hold(`the ${kind}`),
      endpoint: this.props.api(stack.region).props.endpoint,
      host,
      what: `the ${kind}`,
      onRequest: (request) => this.props.events.emit({ kind: 'request', entrance: name, ...request }),
    });
    // A REST API's address includes its stage.
    const url = `${proxy.url}${new URL(deployedUrl).pathname}`.replace(/\/$/, '');
    const address: LocalAddress = { name, kind, stackName: stack.name, url, deployedUrl };
    return { address, close: () => proxy.close() };
  }

  private async closeOne(key: string): Promise<void> {
    const entrance = this.open.get(key);
    this.open.delete(key);
    await entrance?.close();
  }
}

interface Proxied {
  readonly resource: LocalResource;
  readonly kind: LocalAddress['kind'];
  readonly deployedUrl: string;
  /** Host name by which the emulator finds the function or API. */
  readonly host: string;
}

const KINDS: Readonly<Record<string, LocalAddress['kind']>> = {
  'AWS::Lambda::Url': 'function URL',
  'AWS::ApiGateway::RestApi': 'REST API',
  'AWS::ApiGatewayV2::Api': 'HTTP API',
};

async function freePorts(): Promise<Ports> {
  return {
    http: await HeldPort.hold('the distribution'),
    https: await HeldPort.hold('the distribution with TLS'),
  };
}

function keyOf(region: string, stackName: string, logicalId: string): string {
  return `${region} ${stackName} ${logicalId}`;
}
