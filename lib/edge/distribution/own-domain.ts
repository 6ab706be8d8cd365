import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { AaaaRecord, ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { CLOUDFRONT } from '../../limits';
import { invalid } from '../../validation';
import type { EdgeDomain } from './edge-domain';

const HOST_NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;

/**
 * The certificate of a domain: the given one, or one of the hosted zone; without a domain none, and a warning.
 * @throws BreakwaterError if a name isn't one, or there can be no certificate
 */
export function certificateOf(scope: Construct, domain: EdgeDomain | undefined): ICertificate | undefined {
  if (!domain) {
    Annotations.of(scope).addWarningV2(
      'breakwater:no-domain',
      "without 'domain' CloudFront's own certificate holds, and with it TLSv1 as the oldest protocol; give domainNames and a certificate for TLSv1.2_2025",
    );
    return undefined;
  }
  const names = domain.domainNames;
  if (names.length < 1 || names.length > CLOUDFRONT.MAX_DOMAIN_NAMES) {
    throw invalid(
      scope,
      'domain.domainNames',
      `must be 1 to ${CLOUDFRONT.MAX_DOMAIN_NAMES} names, got ${names.length}`,
    );
  }
  for (const name of names) {
    if (Token.isUnresolved(name) || HOST_NAME.test(name)) continue;
    throw invalid(
      scope,
      'domain.domainNames',
      `must be host names in lower case like 'shop.example.com', got '${name}'`,
    );
  }
  if (domain.certificate) return domain.certificate;
  const { region } = Stack.of(scope);
  const missing = (why: string) => invalid(scope, 'domain.certificate', `must be given ${why}`);
  if (!domain.hostedZone) throw missing('where there is no hostedZone to make one in, got neither');
  if (region !== 'us-east-1') {
    throw missing(
      `(from us-east-1), since the stack's Region is ${Token.isUnresolved(region) ? 'not known at synth' : region}`,
    );
  }
  return new Certificate(scope, 'Certificate', {
    domainName: names[0]!,
    subjectAlternativeNames: names.length > 1 ? names.slice(1) : undefined,
    validation: CertificateValidation.fromDns(domain.hostedZone),
  });
}

/** Records for the names of a domain, where its zone is known. */
export function addRecords(scope: Construct, domain: EdgeDomain | undefined, distribution: Distribution): void {
  if (!domain?.hostedZone) return;
  const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
  for (const [i, name] of domain.domainNames.entries()) {
    const record = { zone: domain.hostedZone, recordName: `${name}.`, target };
    new ARecord(scope, `A${i}`, record);
    new AaaaRecord(scope, `Aaaa${i}`, record);
  }
}
