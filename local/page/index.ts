export { PageServer, type PageServerProps } from './page-server';
export type { WatchedStack } from './stock';
