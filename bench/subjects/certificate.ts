import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { runToEnd } from '../harness/processes.js';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for this machine on P-256, as a public authority would give it today; made once in a folder. */
export async function certificateIn(folder: string): Promise<CertificateFiles> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  if (!existsSync(cert)) {
    await runToEnd('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '7',
      '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert,
    ]);
  }
  return { cert, key };
}
