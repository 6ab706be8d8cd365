import * as path from 'node:path';
import { LocalError } from '../local-error';
import { PYTHON } from './paths';
import { runCommand } from './run-command';

/** PEM files. The certificate is self-signed, so clients trust the certificate file itself. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate for localhost and 127.0.0.1. It is used for one run. */
export async function makeCertificate(folder: string): Promise<CertificateFiles> {
  const files = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
  const made = await runCommand(PYTHON, [path.join(__dirname, 'certificate.py'), files.certificate, files.key]);
  if (made.code !== 0) throw new LocalError(`no certificate could be made: ${made.stderr.trim().split('\n').at(-1)}`);
  return files;
}
