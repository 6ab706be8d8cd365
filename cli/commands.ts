import type { ListedCommand } from './command';

/** The commands of `npx breakwater`, as `--help` lists them. */
export const COMMANDS: Readonly<Record<string, ListedCommand>> = {
  dev: {
    summary: 'runs the app on a local AWS emulator, with its changes live within a second',
    load: () => import('./dev'),
  },
  preflight: {
    summary: "whether an account's quotas allow the app, and what an idle day costs",
    load: () => import('./preflight'),
  },
  capacity: {
    summary: 'whether predictive scaling would have saved money on a recorded load',
    load: () => import('./capacity'),
  },
};
