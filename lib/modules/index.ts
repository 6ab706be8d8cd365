export { Access } from './access';
export { Caching } from './caching';
export { MicroModule, type MicroModuleProps } from './micro-module';
export { ParameterForm } from './parameter-form';
export { Route, type RouteOptions } from './route';
