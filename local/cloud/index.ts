export * from './certificate';
export * from './embedded-cloud';
export * from './exit-on-signal';
export * from './install';
export * from './paths';
export * from './ports';
export * from './run-command';
