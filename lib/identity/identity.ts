import type { Construct } from 'constructs';
import type { DeploymentProfile } from '../profile';
import type { IIdentity } from './i-identity';
import { OidcIdentity, type OidcIdentityProps } from './oidc-identity';
import { UserPoolIdentity, type UserPoolIdentityProps } from './user-pool-identity';

/**
 * Who vouches for callers: a recipe that becomes an `IIdentity` where it is bound.
 *
 * ```ts
 * const shop = new Breakwater(stack, 'Shop', { identity: Identity.userPool() });
 * ```
 */
export abstract class Identity {
  /**
   * A Cognito user pool of the stack's own: people sign in on its pages, services by client
   * credentials.
   */
  public static userPool(props: UserPoolIdentityProps = {}): Identity {
    return new UserPoolRecipe(props);
  }

  /** Any issuer of signed JSON web tokens (OpenID Connect) that you have already. */
  public static oidc(props: OidcIdentityProps): Identity {
    return new OidcRecipe(props);
  }

  /**
   * Makes the identity in a scope.
   * @param scope where
   * @param id its construct id
   * @param profile what holds if the recipe names no profile itself
   */
  public abstract bind(scope: Construct, id: string, profile?: DeploymentProfile): IIdentity;
}

class UserPoolRecipe extends Identity {
  constructor(private readonly props: UserPoolIdentityProps) {
    super();
  }

  public override bind(scope: Construct, id: string, profile?: DeploymentProfile): IIdentity {
    return new UserPoolIdentity(scope, id, { ...this.props, profile: this.props.profile ?? profile });
  }
}

class OidcRecipe extends Identity {
  constructor(private readonly props: OidcIdentityProps) {
    super();
  }

  public override bind(scope: Construct, id: string, _profile?: DeploymentProfile): IIdentity {
    return new OidcIdentity(scope, id, this.props);
  }
}
