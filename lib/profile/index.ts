// Public.
export { Profile } from './profile';
// For the rooms of this library alone.
export { SharedProfile } from './shared-profile';
export { stackPart } from './stack-part';
