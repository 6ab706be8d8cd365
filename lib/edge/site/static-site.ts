import { type CfnElement, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AliasedFunction, stageFolder, systemHandler } from '../../functions';
import type { DeploymentProfile } from '../../profile';
import { acknowledge } from '../../validation';
import { CONFIG_FILE, missingFiles, type SiteFiles } from './site-files';

/** Timeout of the upload. A few hundred files take seconds. */
const UPLOAD_TIMEOUT = Duration.minutes(5);

/**
 * Time that CloudFormation waits for the uploader. If the function times out, it can't answer
 * CloudFormation, which would wait for an hour by default.
 */
const DEPLOYMENT_TIMEOUT = Duration.minutes(7);

/** The uploader keeps the archive and one file in memory. This suffices for sites of 100 MB. */
const UPLOAD_MEMORY_MB = 1_024;

/** Props of a `StaticSite`. */
export interface StaticSiteProps {
  readonly source: string;
  readonly files: SiteFiles;
  readonly bucket: Bucket;
  /** `https://` and the host, for robots.txt and sitemap.xml. */
  readonly origin: string;
  readonly config: { [name: string]: string };
  readonly profile?: DeploymentProfile;
}

/**
 * Uploads a site's files to its bucket at each deployment that changes them. The upload also
 * deletes files that the site no longer has.
 */
export class StaticSite extends Construct {
  constructor(scope: Construct, id: string, props: StaticSiteProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const asset = stageFolder(this, props.source, props.files.hash, `${id} of the site`, props.files.names);
    const uploader = new AliasedFunction(this, 'Uploader', {
      handler: systemHandler('site-uploader'),
      description: 'Unpacks the site into its bucket when it has changed',
      timeout: UPLOAD_TIMEOUT,
      memorySize: UPLOAD_MEMORY_MB,
      profile: props.profile,
    });
    const allow = (actions: string[], resources: string[]) =>
      uploader.role.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
    allow(['s3:GetObject'], [`arn:${stack.partition}:s3:::${asset.bucketName}/${asset.objectKey}`]);
    allow(['s3:ListBucket'], [props.bucket.bucketArn]);
    allow(['s3:PutObject', 's3:DeleteObject'], [props.bucket.arnForObjects('*')]);
    const bucketId = stack.getLogicalId(props.bucket.node.defaultChild as CfnElement);
    acknowledge(uploader.role, {
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
      reason: 'The uploader writes and deletes the files of the site, under any name in this one bucket.',
    });

    const upload = new CustomResource(this, 'Upload', {
      serviceToken: uploader.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterSite',
      properties: {
        Bucket: props.bucket.bucketName,
        SourceBucket: asset.bucketName,
        SourceKey: asset.objectKey,
        // These files contain values that are only known at deployment: the host name and the
        // sign-in client. The property is a list, because property names of a custom resource can't
        // have dots.
        Files: Object.entries({
          ...missingFiles(props.files.names, props.origin),
          [CONFIG_FILE]: stack.toJsonString(props.config),
        }).map(([Name, Text]) => ({ Name, Text })),
      },
    });
    // The role must have its rights before the first call and until after the last call.
    upload.node.addDependency(uploader.role);
  }
}
