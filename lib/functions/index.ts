export { AliasedFunction, type AliasedFunctionProps, type IWorkload } from './aliased-function';
export type { IFunctionGrantee } from './function-grantee';
export { Handler, type HandlerOptions } from './handler';
export { HandlerBundle, type HandlerBundleProps } from './handler-bundle';
export { packagedTexts } from './packaged-texts';
export { type ProvisionedScaling, Scaling } from './scaling';
export { type StackFunctionProps, stackFunction } from './stack-function';
export { type StagedFolder, stageFolder } from './stage-folder';
export { systemHandler } from './system-handler';
