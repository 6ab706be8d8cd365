import { readFileSync } from 'node:fs';
import {
  CloudOriginClient,
  type DistributionModel,
  type EdgeLogEntry,
  type EdgeServer,
  EdgeSimulator,
  type IOriginClient,
  serveEdge,
} from '../../testing';
import type { CloudApiProps } from '../../testing/cloud-api';
import { type CertificateFiles, type HeldPort, portError } from '../cloud';

export interface LocalEdgeProps {
  readonly cloud: CloudApiProps;
  readonly model: DistributionModel;
  /** Held ports. They are released for the servers of this edge. */
  readonly ports: { readonly http: HeldPort; readonly https: HeldPort };
  readonly certificate: CertificateFiles;
  /** Texts to replace in `/config.json` and in the content security policy. */
  readonly rewrites?: Readonly<Record<string, string>>;
  /** Called for each request. */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /**
   * Wraps the client that calls the origins, to measure the calls.
   * @default - not measured
   */
  readonly measured?: (origins: IOriginClient) => IOriginClient;
}

/** The edge of a deployed distribution, simulated on this machine. */
export class LocalEdge {
  /**
   * Serves a distribution.
   * @throws LocalError if another program has taken a port in the meantime
   */
  public static async start(props: LocalEdgeProps): Promise<LocalEdge> {
    const origin = new CloudOriginClient(props.cloud);
    const { http, https } = props.ports;
    await Promise.all([http.release(), https.release()]);
    try {
      const current = { simulator: simulatorOf(props, origin, props.model) };
      const tls = {
        port: https.port,
        certificate: readFileSync(props.certificate.certificate, 'utf8'),
        key: readFileSync(props.certificate.key, 'utf8'),
      };
      const handle: EdgeSimulator['handle'] = (request) => current.simulator.handle(request);
      const server = await serveEdge({ handle }, { port: http.port, tls });
      return new LocalEdge(props, server, origin, current);
    } catch (error) {
      origin.close();
      throw portError(error, 'the distribution');
    }
  }

  private constructor(
    private readonly props: LocalEdgeProps,
    private readonly server: EdgeServer,
    private readonly origin: CloudOriginClient,
    private readonly current: { simulator: EdgeSimulator },
  ) {}

  /**
   * Replaces the distribution. Later requests are answered with the behaviours of the new one, and
   * the cache starts empty.
   */
  public replace(model: DistributionModel): void {
    this.current.simulator = simulatorOf(this.props, this.origin, model);
  }

  /** Empties the cache. */
  public invalidate(): void {
    this.current.simulator.invalidate();
  }

  /** `http://localhost:<port>`: a secure context for browsers. */
  public get url(): string {
    return this.server.url;
  }

  /** The address with TLS. The server uses the certificate of this run. */
  public get secureUrl(): string | undefined {
    return this.server.secureUrl;
  }

  public async close(): Promise<void> {
    await this.server.close();
    this.origin.close();
  }
}

function simulatorOf(props: LocalEdgeProps, origin: CloudOriginClient, model: DistributionModel): EdgeSimulator {
  return new EdgeSimulator({
    model,
    origin: props.measured?.(origin) ?? origin,
    rewrites: props.rewrites,
    onRequest: props.onRequest,
  });
}
