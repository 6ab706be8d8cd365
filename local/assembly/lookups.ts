import type { MissingContext } from './assembly';
import type { Value, ValueMap } from './template';

/** A value for a context lookup, and a text about its source. */
export interface LookupAnswer {
  readonly value: Value;
  /** `the local AWS emulator`, `a placeholder`. */
  readonly source: string;
}

/** Answers a context lookup. The result is undefined if there is no answer. */
export type ContextLookup = (missing: MissingContext) => Promise<LookupAnswer | undefined>;

const AN_ID = '12345678';

/**
 * Placeholder values for each lookup provider, like those that the CDK itself uses before a lookup.
 * With placeholders the app can be synthesized, but the resources that they name don't exist.
 */
const PLACEHOLDERS: Readonly<Record<string, (props: ValueMap) => Value>> = {
  'availability-zones': ({ region }) => ['a', 'b', 'c'].map((letter) => `${String(region)}${letter}`),
  'endpoint-service-availability-zones': ({ region }) => ['a', 'b', 'c'].map((letter) => `${String(region)}${letter}`),
  ami: () => 'ami-1234',
  ssm: ({ parameterName, dummyValue }) => dummyValue ?? `dummy-value-for-${String(parameterName)}`,
  'hosted-zone': ({ domainName }) => ({ Id: 'DUMMY', Name: String(domainName) }),
  'security-group': () => ({ securityGroupId: `sg-${AN_ID}`, allowAllOutbound: true }),
  'key-provider': () => ({ keyId: '1234abcd-12ab-34cd-56ef-1234567890ab' }),
  'load-balancer': ({ region, account }) => ({
    ipAddressType: 'dualstack',
    loadBalancerArn: `arn:aws:elasticloadbalancing:${String(region)}:${String(account)}:loadbalancer/application/placeholder/${AN_ID}`,
    loadBalancerCanonicalHostedZoneId: 'Z3DZXE0EXAMPLE',
    loadBalancerDnsName: `placeholder-${AN_ID}.${String(region)}.elb.amazonaws.com`,
    securityGroupIds: [`sg-${AN_ID}`],
    vpcId: `vpc-${AN_ID}`,
  }),
  'load-balancer-listener': ({ region, account }) => ({
    listenerArn: `arn:aws:elasticloadbalancing:${String(region)}:${String(account)}:listener/application/placeholder/${AN_ID}/${AN_ID}`,
    listenerPort: 80,
    securityGroupIds: [`sg-${AN_ID}`],
  }),
  'vpc-provider': ({ region }) => ({
    vpcId: `vpc-${AN_ID}`,
    vpcCidrBlock: '10.0.0.0/16',
    availabilityZones: [],
    ownerAccountId: undefined as never,
    subnetGroups: ['Public', 'Private'].map((type) => ({
      type,
      name: type,
      subnets: ['a', 'b'].map((letter, index) => ({
        subnetId: `subnet-${type.toLowerCase()}-${letter}`,
        cidr: `10.0.${type === 'Public' ? index : index + 16}.0/24`,
        availabilityZone: `${String(region)}${letter}`,
        routeTableId: `rtb-${type.toLowerCase()}-${letter}`,
      })),
    })),
  }),
  // For this provider, the construct itself states a placeholder.
  'cc-api-provider': ({ dummyValue }) => dummyValue ?? [],
};

/** Answers a lookup with a placeholder. */
export const placeholderFor: ContextLookup = ({ provider, props }) => {
  const make = PLACEHOLDERS[provider];
  if (make === undefined) return Promise.resolve(undefined);
  const value = make(props as ValueMap);
  return Promise.resolve({ value: JSON.parse(JSON.stringify(value)) as Value, source: 'a placeholder' });
};
