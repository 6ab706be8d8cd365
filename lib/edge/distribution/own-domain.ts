import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { AaaaRecord, ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { CLOUDFRONT } from '../../limits';
import { invalid, mustBe, requireProps } from '../../validation';
import type { EdgeDomain } from './edge-domain';

const HOST_NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
/** Checks of the prop `domain`, for apps without a type checker. */
export const EDGE_DOMAIN = mustBe.props<EdgeDomain>({
  domainNames: mustBe.listOf(mustBe.text),
  certificate: mustBe.object<ICertificate>('ICertificate', 'certificateArn'),
  hostedZone: mustBe.object<IHostedZone>('IHostedZone', 'hostedZoneId'),
  hstsIncludeSubdomains: mustBe.flag,
});

/**
 * Returns the given certificate of a domain, or makes one that is validated in the hosted zone.
 * Without a domain it adds a warning and returns undefined.
 * @throws BreakwaterError if a name isn't a host name, if a name isn't in the zone, or if no
 * certificate can be made
 */
export function certificateOf(scope: Construct, domain: EdgeDomain | undefined): ICertificate | undefined {
  if (!domain) {
    Annotations.of(scope).addWarningV2(
      'breakwater:no-domain',
      "without 'domain', CloudFront uses its own certificate and accepts TLSv1; to require TLSv1.2_2025, set domainNames and a certificate",
    );
    return undefined;
  }
  requireProps(scope, domain, 'domainNames');
  checkNames(scope, domain);
  if (domain.certificate) return domain.certificate;
  const { region } = Stack.of(scope);
  const missing = (why: string) => invalid(scope, 'domain.certificate', `must be given ${why}`);
  if (!domain.hostedZone) throw missing('without a hostedZone to validate a new one in, got neither');
  if (region !== 'us-east-1') {
    throw missing(
      `(from us-east-1), because the stack's Region is ${Token.isUnresolved(region) ? 'not known at synth' : region}`,
    );
  }
  const [domainName = '', ...others] = domain.domainNames;
  return new Certificate(scope, 'Certificate', {
    domainName,
    subjectAlternativeNames: others.length > 0 ? others : undefined,
    validation: CertificateValidation.fromDns(domain.hostedZone),
  });
}

/** Adds A and AAAA records for the names of a domain, if its zone is known. */
export function addRecords(scope: Construct, domain: EdgeDomain | undefined, distribution: Distribution): void {
  if (!domain?.hostedZone) return;
  const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
  for (const [i, name] of domain.domainNames.entries()) {
    const record = { zone: domain.hostedZone, recordName: `${name}.`, target };
    new ARecord(scope, `A${i}`, record);
    new AaaaRecord(scope, `Aaaa${i}`, record);
  }
}

function checkNames(scope: Construct, { domainNames, hostedZone }: EdgeDomain): void {
  if (domainNames.length < 1 || domainNames.length > CLOUDFRONT.MAX_DOMAIN_NAMES) {
    const problem = `must be 1 to ${CLOUDFRONT.MAX_DOMAIN_NAMES} names, got ${domainNames.length}`;
    throw invalid(scope, 'domain.domainNames', problem);
  }
  const zone = hostedZone?.zoneName.replace(/\.$/, '').toLowerCase();
  for (const name of domainNames) {
    if (Token.isUnresolved(name)) continue;
    if (!HOST_NAME.test(name)) {
      throw invalid(
        scope,
        'domain.domainNames',
        `must be host names in lower case like 'shop.example.com', got '${name}'`,
      );
    }
    if (zone === undefined || Token.isUnresolved(zone) || name === zone || name.endsWith(`.${zone}`)) continue;
    throw invalid(
      scope,
      'domain.domainNames',
      `must be in the hosted zone '${zone}', got '${name}'; leave 'hostedZone' out and make the records of other zones yourself`,
    );
  }
}
