export * from './invoice-pdf';
export * from './mail';
