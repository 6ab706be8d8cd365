// Public.
export { DocumentStore, type DocumentStoreProps } from './document-store';
export { DocumentStoreBase } from './document-store-base';
// For other layers of this library only.
export { emptyOnDelete } from './empty-on-delete';
export type { IDocumentStore } from './i-document-store';
