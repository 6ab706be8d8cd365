import type { Refusal } from './drop';
import { pathOf, type Template } from './template';

/**
 * Refuses functions with a container image, because they need Docker, which the emulator doesn't
 * use here.
 */
export function refuseImageFunctions(template: Template): Refusal[] {
  return Object.entries(template.Resources)
    .filter(([, { Type, Properties }]) => Type === 'AWS::Lambda::Function' && Properties?.['PackageType'] === 'Image')
    .map(([logicalId, resource]) => ({
      path: pathOf(logicalId, resource),
      type: resource.Type,
      why: 'it is made of a container image, and functions run without Docker here: make it of a folder or a zip file',
    }));
}
