import { type CloudApi, CloudApiError } from '../../testing';
import { child, findAll, items, parseXml, text, type XmlNode } from '../../testing/xml';
import type { ContextLookup, Value } from '../assembly';

const EC2_VERSION = '2016-11-15';
const SOURCE = 'the local AWS emulator';

/** A client of the emulator for a lookup's account and Region. */
export type ApiFor = (place: { readonly account: string; readonly region: string }) => Promise<CloudApi>;

/**
 * Answers context lookups from the local AWS emulator: existing VPCs, values of the Parameter
 * Store, and hosted zones. If a hosted zone doesn't exist, it is created, so that records can be
 * deployed to it.
 */
export function emulatorLookup(apiFor: ApiFor): ContextLookup {
  return async ({ provider, props }) => {
    const answer = ANSWERS[provider];
    if (answer === undefined) return undefined;
    const { account, region } = props as { account: string; region: string };
    const value = await answer(await apiFor({ account, region }), props);
    return value === undefined ? undefined : { value, source: SOURCE };
  };
}

type Props = Readonly<Record<string, unknown>>;
const ANSWERS: Readonly<Record<string, (api: CloudApi, props: Props) => Promise<Value | undefined>>> = {
  'vpc-provider': findVpc,
  'hosted-zone': findOrMakeZone,
  ssm: findParameter,
};

async function findVpc(api: CloudApi, { filter }: Props): Promise<Value | undefined> {
  const vpcs = await describe(api, 'Vpcs', filter as Readonly<Record<string, string>>);
  const [vpc] = vpcs;
  if (vpc === undefined) return undefined;
  const vpcId = text(vpc, 'vpcId');
  const subnets = await describe(api, 'Subnets', { 'vpc-id': vpcId });
  const routeTableId = text(vpc, 'mainRouteTableId');
  const groups = ['Public', 'Private'].map((type) => ({
    type,
    name: type,
    subnets: subnets
      .filter((subnet) => (text(subnet, 'mapPublicIpOnLaunch') === 'true') === (type === 'Public'))
      .map((subnet) => ({
        subnetId: text(subnet, 'subnetId'),
        cidr: text(subnet, 'cidrBlock'),
        availabilityZone: text(subnet, 'availabilityZone'),
        routeTableId,
      })),
  }));
  return {
    vpcId,
    vpcCidrBlock: text(vpc, 'cidrBlock'),
    ownerAccountId: text(vpc, 'ownerId'),
    availabilityZones: [],
    subnetGroups: groups.filter((group) => group.subnets.length > 0),
  };
}

async function describe(
  api: CloudApi,
  what: 'Vpcs' | 'Subnets',
  filter: Readonly<Record<string, string>>,
): Promise<readonly XmlNode[]> {
  const input: Record<string, string> = {};
  for (const [i, [name, value]] of Object.entries(filter).entries()) {
    input[`Filter.${i + 1}.Name`] = name;
    input[`Filter.${i + 1}.Value.1`] = String(value);
  }
  const answer = await api.query('ec2', EC2_VERSION, `Describe${what}`, input);
  return items(answer, what === 'Vpcs' ? 'vpcSet' : 'subnetSet');
}

async function findOrMakeZone(api: CloudApi, { domainName }: Props): Promise<Value> {
  const name = `${String(domainName).replace(/\.$/, '')}.`;
  const zones = await api.xml('route53', `/2013-04-01/hostedzonesbyname?dnsname=${encodeURIComponent(name)}`);
  const found = findAll(zones, 'HostedZone').find((zone) => text(zone, 'Name') === name);
  return { Id: text(found ?? (await makeZone(api, name)), 'Id'), Name: name };
}

async function makeZone(api: CloudApi, name: string): Promise<XmlNode> {
  const body = `<CreateHostedZoneRequest><Name>${name}</Name><CallerReference>${name}</CallerReference></CreateHostedZoneRequest>`;
  const answer = await api.rest('route53', 'POST', '/2013-04-01/hostedzone', body);
  return child(parseXml(await answer.text()), 'HostedZone')!;
}

async function findParameter(api: CloudApi, { parameterName }: Props): Promise<Value | undefined> {
  try {
    const answer = await api.json('ssm', 'AmazonSSM.GetParameter', { Name: String(parameterName) });
    return (answer['Parameter'] as { Value: string }).Value;
  } catch (error) {
    if (error instanceof CloudApiError && /ParameterNotFound/.test(error.answer)) return undefined;
    throw error;
  }
}
