import * as path from 'node:path';
import { CACHE_ROOT, LOCAL_ACCOUNT } from '../cloud';

/**
 * Environment of a process that calls the local AWS emulator as the account's root. The emulator
 * accepts any secret, and interprets a key id of twelve digits as the account's number. So these
 * values aren't secret. The paths of the AWS configuration files are set to files that don't exist,
 * because a profile of this machine could take precedence.
 */
export function localCredentials(endpoint: string, region: string, account = LOCAL_ACCOUNT): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: account === LOCAL_ACCOUNT ? 'test' : account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: path.join(CACHE_ROOT, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(CACHE_ROOT, 'no-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
