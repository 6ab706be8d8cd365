export * from './invoice-pdf';
export * from './mail';
export * from './ses';
export * from './verified-email';
