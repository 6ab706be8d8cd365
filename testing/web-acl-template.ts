import type { Json, JsonObject } from './cloud-api';
import type { WebAclModel } from './model';
import { checkModelled } from './modelled';
import { WEB_ACL } from './modelled-web-acl';

const DEFAULT_BODY_KIBIBYTES = 16;
const NO_ACCOUNT = '123456789012';
const INTRINSIC = /^(Ref|Fn::.+)$/;

/**
 * Makes the model of a web ACL from a synthesized template, for `WebAclEvaluator`.
 *
 * ```ts
 * const [acl] = Object.values(template.findResources('AWS::WAFv2::WebACL'));
 * const evaluator = new WebAclEvaluator(webAclFromTemplate(acl.Properties));
 * ```
 * @param properties `Properties` of an `AWS::WAFv2::WebACL`
 * @throws Error with the first property that the simulator doesn't model, or whose value is only
 * known at deployment
 */
export function webAclFromTemplate(properties: JsonObject): WebAclModel {
  if (properties?.['DefaultAction'] === undefined) {
    throw new Error(
      "webAclFromTemplate must get the Properties of an 'AWS::WAFv2::WebACL', got a value without DefaultAction",
    );
  }
  // If CloudFormation generates the name, the model has the name 'web-acl'. Only labels and errors
  // contain the name.
  const name = typeof properties['Name'] === 'string' ? properties['Name'] : 'web-acl';
  const { Name: _name, Tags: _tags, ...read } = properties;
  refuseIntrinsics(read, `web ACL ${name}`);
  return toWebAclModel(properties, name, NO_ACCOUNT);
}

/** Makes the model of a web ACL. */
export function toWebAclModel(properties: JsonObject, name: string, account: string): WebAclModel {
  checkModelled(properties, WEB_ACL, `web ACL ${name}`);
  const bodies = (properties['CustomResponseBodies'] ?? {}) as Record<string, JsonObject>;
  return {
    name,
    account,
    defaultAction: properties['DefaultAction'] as JsonObject,
    rules: (properties['Rules'] ?? []) as JsonObject[],
    customResponseBodies: Object.fromEntries(
      Object.entries(bodies).map(([key, body]) => [
        key,
        { contentType: String(body['ContentType']), content: String(body['Content']) },
      ]),
    ),
    bodyLimit: bodyLimit(properties['AssociationConfig']),
  };
}

function bodyLimit(association: Json | undefined): number {
  const size = /KB_(\d+)/.exec(JSON.stringify(association ?? ''))?.[1];
  return Number(size ?? DEFAULT_BODY_KIBIBYTES) * 1024;
}

function refuseIntrinsics(value: Json | undefined, where: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (INTRINSIC.test(name))
      throw new Error(`${where} must be literal, got ${name}: only a deployment knows its value`);
    refuseIntrinsics(inner, `${where}.${name}`);
  }
}
