import { type CfnElement, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AliasedFunction, stageFolder, systemHandler } from '../../functions';
import type { DeploymentProfile } from '../../profile';
import { acknowledge } from '../../validation';
import { CONFIG_FILE, missingFiles, type SiteFiles } from './site-files';

/** A few hundred files take seconds. */
const UPLOAD_TIMEOUT = Duration.minutes(5);

/** A function that is stopped can't answer; without this CloudFormation would wait an hour for it. */
const DEPLOYMENT_TIMEOUT = Duration.minutes(7);

/** Unzipping holds the archive and one file: sites of a hundred megabytes fit. */
const UPLOAD_MEMORY_MB = 1_024;

/** Props of a `StaticSite`. */
export interface StaticSiteProps {
  readonly source: string;
  readonly files: SiteFiles;
  readonly bucket: Bucket;
  /** `https://` and the host. */
  readonly origin: string;
  readonly config: { [name: string]: string };
  readonly profile?: DeploymentProfile;
}

/** Puts a site's files into its bucket at each deployment that changed one of them, and removes what is gone. */
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
      reason:
        "The uploader writes and removes the site's files, whose names are the site's: any object of that one bucket.",
    });

    const upload = new CustomResource(this, 'Upload', {
      serviceToken: uploader.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterSite',
      properties: {
        Bucket: props.bucket.bucketName,
        SourceBucket: asset.bucketName,
        SourceKey: asset.objectKey,
        // Texts with values that only the deployment knows: the host name, the sign-in client. A list, since names have dots.
        Files: Object.entries({
          ...missingFiles(props.files.names, props.origin),
          [CONFIG_FILE]: stack.toJsonString(props.config),
        }).map(([Name, Text]) => ({ Name, Text })),
      },
    });
    // Its rights must be there before it is called, and still when it is called for the last time.
    upload.node.addDependency(uploader.role);
  }
}
