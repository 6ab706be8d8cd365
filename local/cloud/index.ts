export * from './certificate';
export * from './emulator';
export * from './exit-on-signal';
export * from './function-processes';
export * from './install';
export * from './paths';
export * from './ports';
export * from './run-command';
