// Public.
export { DocumentStore, type DocumentStoreProps } from './document-store';
// For other layers of this library only.
export { emptyOnDelete } from './empty-on-delete';
