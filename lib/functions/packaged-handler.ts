import { AssetHashType } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from './handler';

/**
 * A handler from a folder whose hash is known, so that the CDK needn't read its files for one. Each call makes a Code of its own,
 * since the CDK binds one to a single stack; equal packages are still one asset.
 */
export function packagedHandler(folder: string, hash: string): Handler {
  return Handler.fromCode(
    Code.fromAsset(folder, { assetHash: hash, assetHashType: AssetHashType.CUSTOM }),
    'index.handler',
  );
}
