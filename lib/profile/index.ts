// Public.
export { DeploymentProfile } from './deployment-profile';
// For other layers of this library only.
export { PROFILE, profileOf } from './profile-of';
export { SharedProfile } from './shared-profile';
export { isRetained, whileRetained } from './while-retained';
