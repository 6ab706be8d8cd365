export { DocumentStore, type DocumentStoreProps } from './document-store';
export { emptyOnDelete } from './empty-on-delete';
