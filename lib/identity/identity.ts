import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { DeploymentProfile } from '../profile';
import { BreakwaterError, shown } from '../validation';
import type { IIdentity } from './i-identity';
import { OidcIdentity, type OidcIdentityProps } from './oidc-identity';
import { signInUrlProblem, UserPoolIdentity, type UserPoolIdentityProps } from './user-pool-identity';

/**
 * A choice of the issuer of tokens. `bind` makes an `IIdentity` for it in a scope.
 *
 * ```ts
 * const shop = new Breakwater(stack, 'Shop', { identity: Identity.userPool() });
 * ```
 */
export abstract class Identity {
  /**
   * A new Cognito user pool in the stack. People sign in on its pages, and services use client
   * credentials.
   */
  public static userPool(props: UserPoolIdentityProps = {}): Identity {
    return new UserPoolChoice(props);
  }

  /**
   * An existing Cognito user pool of this account and Region. It keeps its settings and its users.
   * @param userPool an imported pool, or a pool that this app makes
   * @param signInUrl base address of the pool's sign-in pages; by default a domain is added to the
   * pool
   * @throws BreakwaterError if an argument has a wrong type, or the address isn't https
   */
  public static fromUserPool(userPool: IUserPool, signInUrl?: string): Identity {
    if (typeof userPool !== 'object' || userPool === null || !('userPoolId' in userPool)) {
      throw new BreakwaterError(
        `Identity.fromUserPool: userPool must be an IUserPool, got ${shown(userPool)}; use UserPool.fromUserPoolId() for an ID`,
      );
    }
    const problem = signInUrl === undefined ? undefined : signInUrlProblem(signInUrl);
    if (problem !== undefined) throw new BreakwaterError(`Identity.fromUserPool: signInUrl ${problem}`);
    return new UserPoolChoice({ userPool, signInUrl });
  }

  /** An existing OpenID Connect issuer of signed JSON web tokens. */
  public static oidc(props: OidcIdentityProps): Identity {
    return new OidcChoice(props);
  }

  /**
   * Makes the identity in a scope.
   * @param profile profile of the identity if the props have no profile
   */
  public abstract bind(scope: Construct, id: string, profile?: DeploymentProfile): IIdentity;
}

class UserPoolChoice extends Identity {
  constructor(private readonly props: UserPoolIdentityProps) {
    super();
  }

  public override bind(scope: Construct, id: string, profile?: DeploymentProfile): IIdentity {
    return new UserPoolIdentity(scope, id, { ...this.props, profile: this.props.profile ?? profile });
  }
}

class OidcChoice extends Identity {
  constructor(private readonly props: OidcIdentityProps) {
    super();
  }

  public override bind(scope: Construct, id: string, _profile?: DeploymentProfile): IIdentity {
    return new OidcIdentity(scope, id, this.props);
  }
}
