// For other layers of this library only.
export { deployedBytes } from './deployed-bytes';
export { regionalName } from './regional-name';
export { requireAwsPartition, requireFunctionUrls } from './require-region';
export { requireSameEnvironment } from './require-same-environment';
export { rootStack } from './root-stack';
export { tagSharedParts } from './shared-tags';
export { shortHash } from './short-hash';
export { noteGrant, noteReference } from './stack-needs';
export { stackPart } from './stack-part';
