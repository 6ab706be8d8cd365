import { App, Stack } from 'aws-cdk-lib';
import { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import {
  EdgeDistribution,
  type EdgeDistributionProps,
  type EdgeSiteProps,
  WebAcl,
  type WebAclProps,
} from '../../lib/edge';
import { edge, folder, NOWHERE } from './fixtures';

const stackIn = (region: string) => new Stack(new App(), 'Shop', { env: { account: NOWHERE.account, region } });

/** Props as a caller without a type checker writes them. */
const untyped = <T>(props: object) => props as T;

describe('from a caller without a type checker, a BreakwaterError names', () => {
  test.each<[object, RegExp]>([
    [
      { priceClass: 'cheap' },
      /Shop\/Edge: priceClass must be a PriceClass, got 'cheap'; use PriceClass.PRICE_CLASS_100, /,
    ],
    [{ profile: 'sandbox' }, /Shop\/Edge: profile must be .*got 'sandbox'/],
    [{ sites: [] }, /Shop\/Edge: props must be of identity, domain, .*got sites/],
    [{ webAcl: { limit: 5 } }, /props must be of rateLimit, .*got limit/],
    [{ webAcl: { managedGroups: 'COMMON' } }, /managedGroups must be a list, got 'COMMON'/],
    [{ webAcl: { managedGroups: ['COMMON'] } }, /managedGroups\[0\] must be a ManagedRuleGroup, got 'COMMON'/],
    [{ domain: {} }, /domainNames must be given/],
    [{ domain: { domainNames: 'shop.example.com' } }, /domain.domainNames must be a list, got 'shop.example.com'/],
    [{ domain: { domainNames: ['shop.example.com'], name: 'x' } }, /domain: props must be of .*got name/],
  ])('%j', (props, message) => {
    expect(() => edge(untyped<EdgeDistributionProps>(props))).toThrow(message);
    expect(() => edge(untyped<EdgeDistributionProps>(props))).toThrow(
      expect.objectContaining({ name: 'BreakwaterError' }),
    );
  });

  test.each<[object, RegExp]>([
    [{}, /Shop\/Edge: source must be given/],
    [{ source: 'site', signin: true }, /Shop\/Edge: addSite: props must be of source, signIn, config, got signin/],
  ])('a site %j', (props, message) => {
    expect(() => edge().edge.addSite(untyped<EdgeSiteProps>(props))).toThrow(message);
  });

  test('a web ACL with another prop', () => {
    const props = untyped<WebAclProps>({ routes: [] });
    expect(() => new WebAcl(stackIn('us-east-1'), 'WebAcl', props)).toThrow(
      /Shop\/WebAcl: props must be of .*got routes/,
    );
  });
});

test('the enum of price classes is accepted', () => {
  expect(() => edge({ priceClass: PriceClass.PRICE_CLASS_100 })).not.toThrow();
});

describe('domain names', () => {
  const make = (...domainNames: string[]) => {
    const stack = stackIn('us-east-1');
    const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'Example.com.',
    });
    return () => new EdgeDistribution(stack, 'Edge', { domain: { domainNames, hostedZone } });
  };

  test('of the zone pass', () => {
    expect(make('example.com', 'shop.example.com', '*.eu.example.com')).not.toThrow();
  });

  test.each(['shop.example.org', 'badexample.com', 'com'])('outside of the zone fail: %s', (name) => {
    expect(make('example.com', name)).toThrow(
      name === 'com' ? 'must be host names' : `must be in the hosted zone 'example.com', got '${name}'`,
    );
  });
});

test.each(['cn-north-1', 'us-gov-west-1'])('fails in %s, which has no CloudFront web ACLs', (region) => {
  expect(() => new EdgeDistribution(stackIn(region), 'Edge')).toThrow(
    new RegExp(`^Shop/Edge: stack must be in a Region of the aws partition, .* got ${region}; deploy to a commercial`),
  );
});

test('a folder of a site is read at synth', () => {
  expect(() => edge().edge.addSite({ source: folder({ 'index.html': '' }) })).not.toThrow();
});
