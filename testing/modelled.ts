import type { Json, JsonObject } from './cloud-api';
import type { XmlNode } from './xml';

/**
 * The accepted values of a property: any value (`ANY`), one of several texts, or an object with
 * listed properties. For a list, the rule applies to each entry.
 */
export type Rule = typeof ANY | readonly string[] | Shape;
/** The accepted properties of an object, and a rule for each. */
export interface Shape {
  readonly [property: string]: Rule;
}

export const ANY = 'any';

/** If a property has one of these values, it isn't used. */
const UNUSED: readonly Json[] = ['', '0', 'false', 'none', 'NONE', 0, false, null];

/**
 * Checks a configuration against the properties that the simulator models. A property that isn't
 * listed is accepted only if it isn't used. So if AWS adds a property, its use causes an error
 * instead of an unnoticed difference.
 * @param where name of the configuration, for the error
 * @throws Error with the first property or value that isn't modelled
 */
export function checkModelled(value: Json, rule: Rule, where: string): void {
  if (rule === ANY) return;
  if (Array.isArray(value)) {
    for (const entry of value) checkModelled(entry, rule, where);
    return;
  }
  if (isList(rule)) {
    if (!rule.includes(String(value))) {
      throw notModelled(where, `the value '${String(value)}'; it models ${rule.map((text) => `'${text}'`).join(', ')}`);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) {
    if (!isUnused(value)) throw notModelled(where, `the value '${String(value)}'`);
    return;
  }
  for (const [property, inner] of Object.entries(value)) {
    const innerRule = Object.hasOwn(rule, property) ? rule[property] : undefined;
    if (innerRule !== undefined) checkModelled(inner, innerRule, `${where}.${property}`);
    else if (!isUnused(inner)) throw notModelled(where, property);
  }
}

/** Converts an XML element to JSON. Children with the same name become a list. */
export function jsonOf(node: XmlNode): Json {
  if (node.children.length === 0) return node.text.trim();
  const result: JsonObject = {};
  for (const inner of node.children) {
    const before = result[inner.name];
    const value = jsonOf(inner);
    if (before === undefined) result[inner.name] = value;
    else result[inner.name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return result;
}

function isUnused(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object' || value === null) return UNUSED.includes(value);
  const inner = Object.values(value);
  // An empty object counts as used, because it may be a chosen option, such as the action {
  // Captcha: {} }.
  return inner.length > 0 && inner.every(isUnused);
}

function isList(rule: Rule): rule is readonly string[] {
  return Array.isArray(rule);
}

function notModelled(where: string, what: string): Error {
  return new Error(`${where}: the simulator does not model ${what}`);
}
