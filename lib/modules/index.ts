export { Access } from './access';
export { Caching } from './caching';
export { MicroModule, type MicroModuleProps } from './micro-module';
export { ParameterForm } from './parameter-form';
export { Route } from './route';
export type { RouteOptions } from './route-options';
