export { Quarantine, type QuarantineProps } from './quarantine';
