import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { localCredentials } from '../../local/deploy';
import { type LocalAddress, toLocal } from '../../local/entrances';
import type { LocalPerson, PersonTokens } from '../../local/identity';
import type { RunningApp } from '../../local/running-app';

/** A person who can sign in, with the person's tokens. */
export interface SignedInPerson extends LocalPerson {
  readonly tokens?: PersonTokens;
}

/** Environment variables of this process that aren't passed to the command. */
const OWN = /^(AWS_.*|NODE_NO_WARNINGS|BREAKWATER_.*)$/;
/** Requests to this machine must not use a proxy. */
const NO_PROXY = 'localhost,127.0.0.1';

export interface CommandEnvironmentProps {
  readonly app: Pick<RunningApp, 'addresses' | 'stacks' | 'endpoint' | 'region' | 'account'>;
  readonly person?: SignedInPerson;
  /** File with the certificate to trust. */
  readonly certificate: string;
  readonly outputsFile: string;
  /** Environment of this process. */
  readonly shell: NodeJS.ProcessEnv;
}

/** The environment of a command that runs beside the app. `--help` documents the names. */
export function commandEnvironment(props: CommandEnvironmentProps): NodeJS.ProcessEnv {
  const { app, person, certificate, outputsFile, shell } = props;
  const [first] = app.addresses;
  const proxies = [shell['NO_PROXY'] ?? shell['no_proxy'], NO_PROXY].filter(Boolean).join(',');
  return {
    ...Object.fromEntries(Object.entries(shell).filter(([name]) => !OWN.test(name))),
    ...localCredentials(app.endpoint, app.region, app.account),
    NODE_EXTRA_CA_CERTS: certificate,
    AWS_CA_BUNDLE: certificate,
    NO_PROXY: proxies,
    no_proxy: proxies,
    BREAKWATER_OUTPUTS: outputsFile,
    ...(first && { BREAKWATER_URL: first.url }),
    ...Object.fromEntries(app.addresses.map((address) => [`BREAKWATER_URL_${variableName(address)}`, address.url])),
    ...(person && { BREAKWATER_USERNAME: person.username, BREAKWATER_PASSWORD: person.password }),
    ...(person?.tokens && { BREAKWATER_TOKEN: person.tokens.access }),
    ...(person?.tokens?.id !== undefined && { BREAKWATER_ID_TOKEN: person.tokens.id }),
  };
}

/**
 * Converts a path to a variable's name: `Shop/Edge/Distribution` to `SHOP_EDGE`. The last part only
 * states the kind of resource, so it is left out.
 */
export function variableName({ name }: Pick<LocalAddress, 'name'>): string {
  const parts = name.split('/');
  const named = parts.length > 2 && GENERIC.test(parts.at(-1)!) ? parts.slice(0, -1) : parts;
  return named
    .join('_')
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

const GENERIC = /^(Resource|Default|Distribution|FunctionUrl|Url)$/;

/** Outputs of each stack, as `cdk deploy --outputs-file` writes them, with local addresses. */
export function outputsOf({ stacks, addresses }: Pick<RunningApp, 'stacks' | 'addresses'>): object {
  return Object.fromEntries(
    stacks.map(({ name, outputs }) => [
      name,
      Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, toLocal(value, addresses)])),
    ]),
  );
}

/** Writes the file that `BREAKWATER_OUTPUTS` names. */
export function writeOutputs(folder: string, app: Pick<RunningApp, 'stacks' | 'addresses'>): string {
  const file = path.join(folder, 'outputs.json');
  writeFileSync(file, `${JSON.stringify(outputsOf(app), null, 2)}\n`);
  return file;
}
