import { readFileSync } from 'node:fs';
import {
  type CloudApi,
  CloudOriginClient,
  type EdgeLogEntry,
  EdgeSimulator,
  type JsonObject,
  loadDistribution,
  serveEdge,
} from '../testing';
import type { CertificateFiles } from './cloud';
import type { LocalResource } from './context';
import { type LocalIdentity, serveSignIn } from './identity';

export interface LocalEdgeProps {
  readonly api: CloudApi;
  readonly resources: readonly LocalResource[];
  /** Properties of the web ACL in its template: the embedded cloud forgets its custom answers and body limits. */
  readonly webAcl: JsonObject;
  readonly ports: { readonly http: number; readonly https: number; readonly signIn: number };
  readonly certificate: CertificateFiles;
  readonly identity?: LocalIdentity;
  readonly onRequest?: (entry: EdgeLogEntry) => void;
}

/** The edge of a deployed stack, running here. */
export interface LocalEdge {
  /** `http://localhost:<port>`: a secure context for browsers. */
  readonly url: string;
  /** The same with TLS, with a certificate that only this run knows. */
  readonly secureUrl: string;
  /** Where people sign in. */
  readonly signInUrl?: string;
  close(): Promise<void>;
}

/** Serves a stack's distribution, and the sign-in of its user pool beside it. */
export async function startEdge(props: LocalEdgeProps): Promise<LocalEdge> {
  const distribution = props.resources.find(({ type }) => type === 'AWS::CloudFront::Distribution');
  if (distribution === undefined) throw new Error('the stack must have a distribution');
  const model = await loadDistribution(props.api, distribution.physicalId, { webAcl: props.webAcl });
  const origin = new CloudOriginClient(props.api.props);

  const { http, https, signIn: signInPort } = props.ports;
  const origins = [`http://localhost:${http}`, `https://localhost:${https}`];
  const signIn =
    props.identity === undefined
      ? undefined
      : await serveSignIn({
          port: signInPort,
          endpoint: props.api.props.endpoint,
          host: props.identity.signInHost,
          origins,
        });
  const simulator = new EdgeSimulator({
    model,
    origin,
    rewrites: signIn === undefined ? {} : { [`https://${props.identity!.signInHost}`]: signIn.url },
    onRequest: props.onRequest,
  });
  const server = await serveEdge(simulator, {
    port: http,
    tls: {
      port: https,
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
}
