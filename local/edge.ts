import { readFileSync } from 'node:fs';
import {
  type CloudApi,
  CloudOriginClient,
  type EdgeLogEntry,
  EdgeSimulator,
  type IOriginClient,
  type JsonObject,
  loadDistribution,
  serveEdge,
} from '../testing';
import { type CertificateFiles, type HeldPort, portError } from './cloud';
import { type LocalIdentity, type SignInServer, serveSignIn } from './identity';
import type { LocalResource } from './running-app';

export interface LocalEdgeProps {
  readonly api: CloudApi;
  readonly resources: readonly LocalResource[];
  /**
   * Properties of the web ACL in its template. The emulator loses its custom responses and body
   * limits.
   */
  readonly webAcl: JsonObject;
  /** Held ports. They are released for the servers of this edge. */
  readonly ports: { readonly http: HeldPort; readonly https: HeldPort; readonly signIn: HeldPort };
  readonly certificate: CertificateFiles;
  readonly identity?: LocalIdentity;
  /** Called for each request, with the id of the distribution. */
  readonly onRequest?: (entry: EdgeLogEntry, distributionId: string) => void;
  /**
   * Wraps the client that calls the origins, to measure them.
   * @default - not measured
   */
  readonly measured?: (origins: IOriginClient) => IOriginClient;
}

/** The edge of a deployed stack, running here. */
export interface LocalEdge {
  /** `http://localhost:<port>`: a secure context for browsers. */
  readonly url: string;
  /** The same over TLS, with the certificate of this run. */
  readonly secureUrl: string;
  /** Address of the sign-in. */
  readonly signInUrl?: string;
  close(): Promise<void>;
}

/**
 * Serves a stack's distribution, and the sign-in of its user pool beside it.
 * @throws LocalError if another program has taken a port meanwhile
 */
export async function startEdge(props: LocalEdgeProps): Promise<LocalEdge> {
  const distribution = props.resources.find(({ type }) => type === 'AWS::CloudFront::Distribution');
  if (distribution === undefined) throw new Error('the stack must have a distribution');
  const model = await loadDistribution(props.api, distribution.physicalId, { webAcl: props.webAcl });
  const origin = new CloudOriginClient(props.api.props);

  const { http, https, signIn: signInPort } = props.ports;
  const origins = [`http://localhost:${http.port}`, `https://localhost:${https.port}`];
  await Promise.all([http.release(), https.release(), signInPort.release()]);
  const signIn = props.identity === undefined ? undefined : await listenForSignIn(props, props.identity, origins);
  const simulator = new EdgeSimulator({
    model,
    origin: props.measured?.(origin) ?? origin,
    rewrites: signIn === undefined ? {} : { [`https://${props.identity!.signInHost}`]: signIn.url },
    onRequest: (entry) => props.onRequest?.(entry, distribution.physicalId),
  });
  try {
    const server = await serveEdge(simulator, {
      port: http.port,
      tls: {
        port: https.port,
        certificate: readFileSync(props.certificate.certificate, 'utf8'),
        key: readFileSync(props.certificate.key, 'utf8'),
      },
    });
    return {
      url: server.url,
      secureUrl: server.secureUrl!,
      signInUrl: signIn?.url,
      close: async () => {
        await Promise.all([server.close(), signIn?.close()]);
        origin.close();
      },
    };
  } catch (error) {
    await signIn?.close();
    throw portError(error, 'the distribution');
  }
}

async function listenForSignIn(
  { api, ports }: LocalEdgeProps,
  identity: LocalIdentity,
  origins: readonly string[],
): Promise<SignInServer> {
  try {
    const { endpoint } = api.props;
    return await serveSignIn({ port: ports.signIn.port, endpoint, host: identity.signInHost, origins });
  } catch (error) {
    throw portError(error, 'the sign-in');
  }
}
