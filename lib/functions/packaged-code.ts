import type { CfnResource } from 'aws-cdk-lib';
import { Code, type CodeConfig, type ResourceBindOptions } from 'aws-cdk-lib/aws-lambda';
import {
  ASSET_RESOURCE_METADATA_ENABLED_CONTEXT,
  ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY,
  ASSET_RESOURCE_METADATA_PATH_KEY,
  ASSET_RESOURCE_METADATA_PROPERTY_KEY,
} from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { stageFolder } from './stage-folder';

/**
 * Code from a folder with a known hash. Several stacks can use it, unlike the CDK's own asset.
 */
export class PackagedCode extends Code {
  public readonly isInline = false;
  private readonly paths = new WeakMap<Construct, string>();

  public constructor(
    public readonly folder: string,
    private readonly hash: string,
    private readonly displayName: string,
  ) {
    super();
  }

  public override bind(scope: Construct): CodeConfig {
    const { bucketName, objectKey, fileName } = stageFolder(scope, this.folder, this.hash, this.displayName);
    this.paths.set(scope, fileName);
    return { s3Location: { bucketName, objectKey } };
  }

  /**
   * Adds the asset's path as metadata for tools that run functions locally, as the CDK's own asset
   * does.
   */
  public override bindToResource(resource: CfnResource, options: ResourceBindOptions = {}): void {
    const path = resource.node.scope && this.paths.get(resource.node.scope as Construct);
    if (path === undefined || !resource.node.tryGetContext(ASSET_RESOURCE_METADATA_ENABLED_CONTEXT)) return;
    resource.addMetadata(ASSET_RESOURCE_METADATA_PATH_KEY, path);
    resource.addMetadata(ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY, false);
    resource.addMetadata(ASSET_RESOURCE_METADATA_PROPERTY_KEY, options.resourceProperty ?? 'Code');
  }
}
