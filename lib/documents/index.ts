// Public.
export { DocumentStore, type DocumentStoreProps } from './document-store';
// For the rooms of this library alone.
export { emptyOnDelete } from './empty-on-delete';
