import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { trustedFile } from '../../local/cloud/certificate';
import { serverEnvironment } from '../../local/cloud/emulator';

let folder: string;
const file = (name: string) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'certificate-'));
  writeFileSync(file('certificate.pem'), 'own');
  writeFileSync(file('shell.pem'), 'issuer\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('functions trust the certificates of the shell too, and the server shows only its own', () => {
  const certificate = file('certificate.pem');
  const trusted = trustedFile(folder, certificate, file('shell.pem'));
  expect(readFileSync(trusted, 'utf8')).toBe('own\nissuer\n');
  const files = { certificate, key: file('key.pem'), trusted };
  expect(serverEnvironment({ folder, certificate: files }, 1)).toMatchObject({
    MINISTACK_SSL_CERT: certificate,
    NODE_EXTRA_CA_CERTS: trusted,
    SSL_CERT_FILE: trusted,
  });
});

test.each([undefined, '', '/no/such/file'])('without a file of the shell (%s), they trust the run alone', (ofShell) => {
  expect(trustedFile(folder, file('certificate.pem'), ofShell)).toBe(file('certificate.pem'));
});
