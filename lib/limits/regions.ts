/**
 * Regions in which parts of the library can't work, read November 2026. Source: AWS Lambda
 * Developer Guide, "Creating and managing Lambda function URLs".
 */
export const REGIONS = {
  /** Regions without Lambda function URLs. */
  WITHOUT_FUNCTION_URLS: [
    'ap-east-2',
    'ap-south-2',
    'ap-southeast-4',
    'ap-southeast-5',
    'ap-southeast-6',
    'ap-southeast-7',
    'ca-west-1',
    'eu-central-2',
    'eu-south-2',
    'il-central-1',
    'me-central-1',
  ],
  /**
   * Regions outside of the `aws` partition, by the start of their names. Addresses of services,
   * CloudFront and its web ACLs differ there, or are missing.
   */
  OTHER_PARTITIONS: /^(?:cn|us-gov|us-iso[a-z]*|eu-iso[a-z]*|eusc)-/,
} as const;
