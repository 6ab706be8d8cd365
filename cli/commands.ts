import type { ListedCommand } from './command';

/** The commands of `npx breakwater`, as `--help` lists them. */
export const COMMANDS: Readonly<Record<string, ListedCommand>> = {
  dev: {
    summary: 'runs the app on a local AWS emulator, and applies changes within a second',
    load: () => import('./dev'),
  },
  preflight: {
    summary: "compares an account's quotas with the app's needs, and computes the cost of an idle day",
    load: () => import('./preflight'),
  },
  capacity: {
    summary: 'computes whether predictive scaling would have saved money on a recorded load',
    load: () => import('./capacity'),
  },
  redrive: {
    summary: 'lists messages that were given up, sends them again on trial, or discards them',
    load: () => import('./redrive'),
  },
};
