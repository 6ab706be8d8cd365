import { type AssemblyStack, isMap, type Resource, type Template, templatesIn } from '../../../local/assembly';
import { assetHashOf } from '../../../local/deploy';

/**
 * Converts stacks to a text for a comparison of two synths. Both texts are equal if the stacks
 * differ only in code that can be deployed without CloudFormation. Logical IDs of versions contain
 * a hash of the code, so the text names versions by their function.
 * @param isSwappable whether the code of an asset with this hash can be deployed without
 * CloudFormation
 */
export function comparable(
  stacks: readonly Pick<
    AssemblyStack,
    'id' | 'name' | 'templateFile' | 'template' | 'nested' | 'parameters' | 'tags'
  >[],
  isSwappable: (assetHash: string) => boolean,
): string {
  return JSON.stringify(
    stacks.map((stack) => ({
      id: stack.id,
      name: stack.name,
      parameters: stack.parameters,
      tags: stack.tags,
      templates: templatesIn(stack).map(({ template }) => withoutCode(template, isSwappable)),
    })),
  );
}

function withoutCode(template: Template, isSwappable: (assetHash: string) => boolean): string {
  const renamed = new Map<string, string>();
  const resources: Record<string, object> = {};
  for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
    if (resource.Type === 'AWS::Lambda::Version') {
      renamed.set(logicalId, `version of ${JSON.stringify(resource.Properties?.['FunctionName'])}`);
    }
    resources[renamed.get(logicalId) ?? logicalId] = withoutHashes(resource, isSwappable);
  }
  let text = JSON.stringify({ ...template, Resources: resources });
  for (const [logicalId, name] of renamed) text = text.replaceAll(`"${logicalId}"`, JSON.stringify(name));
  return text;
}

function withoutHashes(resource: Resource, isSwappable: (assetHash: string) => boolean): object {
  const { Metadata: _, ...rest } = resource;
  const { Properties: properties } = resource;
  if (resource.Type === 'AWS::CloudFormation::Stack') {
    return { ...rest, Properties: { ...properties, TemplateURL: 'compared by itself' } };
  }
  const hash = resource.Type === 'AWS::Lambda::Function' ? assetHashOf(resource) : undefined;
  const code = properties?.['Code'];
  if (hash === undefined || !isSwappable(hash) || !isMap(code)) return rest;
  return { ...rest, Properties: { ...properties, Code: { ...code, S3Key: 'code' } } };
}
