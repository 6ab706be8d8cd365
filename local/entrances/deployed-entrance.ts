import type { CloudApi, JsonObject } from '../../testing';
import type { RunningStack } from '../deploy';
import type { LocalResource } from '../running-app';

const WEB_ACL = 'AWS::WAFv2::WebACL';

/**
 * Path of a REST API's only stage: `/prod`. Empty for other APIs, and if the API has several
 * stages.
 */
export function stagePath(
  { template, resources }: Pick<RunningStack, 'template' | 'resources'>,
  { logicalId }: Pick<LocalResource, 'logicalId'>,
): string {
  const stages = Object.entries(template.Resources ?? {}).filter(
    ([, { Type: type, Properties: properties }]) =>
      type === 'AWS::ApiGateway::Stage' &&
      (properties?.['RestApiId'] as { Ref?: string } | undefined)?.Ref === logicalId,
  );
  const [stage] = stages;
  if (stage === undefined || stages.length > 1) return '';
  const name = resources.find((resource) => resource.logicalId === stage[0])?.physicalId;
  return name ? `/${name}` : '';
}

/**
 * Address of a function URL, without a trailing slash.
 * @param physicalId on AWS the function's ARN; in the emulator the function's name, followed by the
 * alias if the URL has one
 */
export async function functionUrl(api: CloudApi, physicalId: string): Promise<string | undefined> {
  const [name, qualifier] = physicalId.replace(/^arn:([^:]*:){5}/, '').split(':');
  const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
  const answer = await api.rest('lambda', 'GET', `/2021-10-31/functions/${encodeURIComponent(name!)}/url${query}`);
  const { FunctionUrl: url } = (await answer.json()) as { FunctionUrl?: string };
  return url?.replace(/\/$/, '');
}

/** ARN of a distribution's web ACL; empty if the distribution has none. */
export async function webAclArn(api: CloudApi, distributionId: string): Promise<string> {
  const answer = await api.rest('cloudfront', 'GET', `/2020-05-31/distribution/${distributionId}/config`);
  return /<WebACLId>([^<]*)<\/WebACLId>/.exec(await answer.text())?.[1] ?? '';
}

/**
 * Properties of a web ACL, from its template, because the emulator doesn't keep custom responses
 * and body limits.
 */
export function webAclOf(stacks: readonly RunningStack[], arn: string): JsonObject {
  if (arn === '') return {};
  const id = arn.split('/').at(-1)!;
  for (const { resources, template } of stacks) {
    const found = resources.find(({ type, physicalId }) => type === WEB_ACL && physicalId.includes(id));
    if (found !== undefined) return (template.Resources[found.logicalId]?.Properties ?? {}) as JsonObject;
  }
  return {};
}
