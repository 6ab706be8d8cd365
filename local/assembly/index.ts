export * from './change-lines';
export * from './filter';
export * from './patches';
export * from './prepare-assembly';
export * from './references';
export * from './template';
