export { Access } from './access';
export { Cache } from './cache';
export { MicroModule, type MicroModuleProps } from './micro-module';
export { Route, type RouteOptions } from './route';
