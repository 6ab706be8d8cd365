import type { EdgeLogEntry } from '../testing';
import type { ParameterValues, Value } from './assembly';
import type { CertificateFiles } from './cloud';
import type { LocalEvents } from './events';
import type { Report } from './report';

/** Props of `LocalApp`. */
export interface LocalAppProps {
  /** Folder of the app, with its `cdk.json`. Only the app itself writes to it. */
  readonly appDirectory: string;
  /** Folder that only this run uses. The caller removes it. */
  readonly folder: string;
  /** Certificate that this process trusts. */
  readonly certificate: CertificateFiles;
  /**
   * Stacks by name or path, as `cdk deploy` takes them: `Shop`, `Beta/*`.
   * @default - all
   */
  readonly stacks?: readonly string[];
  /**
   * Values of CloudFormation parameters.
   * @default - the values that the app states
   */
  readonly parameters?: ParameterValues;
  /**
   * Whether to leave out every resource that the emulator lacks, if no other resource refers to it.
   * @default false
   */
  readonly withoutUnsupported?: boolean;
  /**
   * Context that takes precedence over `cdk.json`.
   * @default - none
   */
  readonly context?: Readonly<Record<string, Value>>;
  /**
   * Environment variables of the app's process, in addition to the variables of this process.
   * @default - none
   */
  readonly appEnvironment?: Readonly<Record<string, string>>;
  /**
   * Port of the first distribution.
   * @default a free one
   */
  readonly edgePort?: number;
  readonly report: Report;
  /**
   * Whether to show each changed resource, instead of a line for each kind of change.
   * @default false
   */
  readonly verbose?: boolean;
  /**
   * Receives the events of the running app.
   * @default - events are dropped
   */
  readonly events?: LocalEvents;
  /** Called for each request at a distribution. */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /** Called once if the emulator ends although `stop` wasn't called. */
  readonly onLost: (error: Error) => void;
}
