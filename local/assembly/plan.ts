import type { Change } from './template';

/** The changes that were made for the local AWS emulator, for people to read. */
export interface Plan {
  /** Resources that are left out, because the emulator lacks them and no code calls them. */
  readonly dropped: readonly Change[];
  /** Attributes that are computed from the template. */
  readonly replaced: readonly Change[];
  /** Resources that are left out, because this process does their work. */
  readonly substituted: readonly Change[];
  /** Resources that are changed because the emulator differs from AWS. */
  readonly patched: readonly Change[];
}
