import type { IConstruct } from 'constructs';
import { DeploymentProfile } from './deployment-profile';
import { profileOf } from './profile-of';

/**
 * The profile of a part that a whole stack shares, such as its keyring. Each construct that uses
 * the part may state a profile. The strictest applies, because the part must exist as long as any
 * construct that needs it. Until a construct states a profile, production applies. A look-up of the
 * part without a profile changes nothing. So the order of calls doesn't matter.
 */
export class SharedProfile {
  private readonly followers: ((profile: DeploymentProfile) => void)[] = [];

  /** @param stated strictest profile so far; undefined until one is stated */
  public constructor(private stated?: DeploymentProfile) {}

  /** The profile that applies: production if none was stated. */
  public get inForce(): DeploymentProfile {
    return this.stated ?? DeploymentProfile.PRODUCTION;
  }

  /**
   * States a profile. Without a profile nothing changes.
   * @param scope construct that states the profile, for the error
   * @throws BreakwaterError if the value isn't a profile
   */
  public serve(scope: IConstruct, profile?: DeploymentProfile): void {
    if (profile === undefined || this.stated === profileOf(scope, profile)) return;
    if (this.stated !== undefined && (this.stated.deletionProtection || !profile.deletionProtection)) return;
    this.stated = profile;
    for (const follow of this.followers) follow(profile);
  }

  /** Calls `apply` with the current profile, and again with each later profile. */
  public follow(apply: (profile: DeploymentProfile) => void): void {
    this.followers.push(apply);
    apply(this.inForce);
  }

  /**
   * Like `follow`, but the first call of `apply` waits until a construct states a profile. Use it
   * to pass a profile on to another shared part, which then also has no stated profile until then.
   */
  public followStated(apply: (profile: DeploymentProfile) => void): void {
    this.followers.push(apply);
    if (this.stated !== undefined) apply(this.stated);
  }
}
