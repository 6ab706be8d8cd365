import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { PYTHON } from './paths';
import { runCommand } from './run-command';

/** PEM files. The certificate is self-signed, so clients trust the certificate file itself. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /**
   * All certificates that functions and the command trust.
   * @default - the certificate alone
   */
  readonly trusted?: string;
}

/** Makes a certificate for localhost and 127.0.0.1, for one run. */
export async function makeCertificate(folder: string): Promise<CertificateFiles> {
  const files = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
  const made = await runCommand(PYTHON, [path.join(__dirname, 'certificate.py'), files.certificate, files.key]);
  if (made.code !== 0) throw new LocalError(`no certificate could be made: ${made.stderr.trim().split('\n').at(-1)}`);
  return { ...files, trusted: trustedFile(folder, files.certificate, process.env['NODE_EXTRA_CA_CERTS']) };
}

/**
 * Writes a file with this run's certificate and the certificates in the shell's
 * NODE_EXTRA_CA_CERTS, such as the certificate of an issuer on this machine. If the shell's file
 * doesn't exist, Node.js itself prints a warning.
 */
export function trustedFile(folder: string, certificate: string, ofShell: string | undefined): string {
  if (!ofShell || !existsSync(ofShell)) return certificate;
  const file = path.join(folder, 'trusted.pem');
  writeFileSync(file, `${readFileSync(certificate, 'utf8').trimEnd()}\n${readFileSync(ofShell, 'utf8')}`);
  return file;
}
