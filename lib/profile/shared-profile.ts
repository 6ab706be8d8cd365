import { DeploymentProfile } from './deployment-profile';

/**
 * The profile of a part that a whole stack shares, such as its keyring. Whoever asks for the part may say what for, and the most careful
 * wish wins: the part must live as long as the longest-lived thing that needs it. Until somebody says so it is undecided, and holds for
 * production; so looking a part up decides nothing, and the order in which it is asked for doesn't matter.
 */
export class SharedProfile {
  private readonly followers: ((profile: DeploymentProfile) => void)[] = [];

  /** @param stated most careful profile so far; undefined until one is stated */
  public constructor(private stated?: DeploymentProfile) {}

  /** The profile that holds: production where nobody said anything. */
  public get inForce(): DeploymentProfile {
    return this.stated ?? DeploymentProfile.PRODUCTION;
  }

  /** States what the part is asked for; says nothing where `profile` is left out. */
  public serve(profile?: DeploymentProfile): void {
    if (profile === undefined || this.stated === profile) return;
    if (this.stated !== undefined && (this.stated.deletionProtection || !profile.deletionProtection)) return;
    this.stated = profile;
    for (const follow of this.followers) follow(profile);
  }

  /** Calls back with the profile that holds now, and again with each that takes its place. */
  public follow(apply: (profile: DeploymentProfile) => void): void {
    this.followers.push(apply);
    apply(this.inForce);
  }

  /** As `follow`, but waits until a profile is stated: for telling other parts, which may stay undecided too. */
  public followStated(apply: (profile: DeploymentProfile) => void): void {
    this.followers.push(apply);
    if (this.stated !== undefined) apply(this.stated);
  }
}
