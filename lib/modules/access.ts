import { Token } from 'aws-cdk-lib';
import type { AccessDeclaration } from '../protocol';
import { BreakwaterError, shown } from '../validation';

/**
 * Form of a service's name. The name is also the last part of a scope (`breakwater/point-of-sale`)
 * and the name of a client at the issuer. Scopes and client names both allow these characters.
 */
const SERVICE_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Allowed callers of a route. There is no default, so every route must state them.
 *
 * ```ts
 * Access.anyOf(Access.PERSON, Access.service('point-of-sale'))
 * ```
 */
export class Access {
  /** Everybody. If a request has a token, the edge removes it. */
  public static readonly ANYONE = new Access(['anyone']);

  /** A person who signed in at the module's identity. */
  public static readonly PERSON = new Access(['person']);

  /**
   * A program with the client credentials of a service. Its tokens have the scope
   * `<servicePrefix><name>`.
   * @throws BreakwaterError if the name isn't a lower-case letter followed by at most 62 lower-case
   * letters, digits and `-`
   */
  public static service(name: string): Access {
    if (Token.isUnresolved(name)) {
      throw new BreakwaterError('Access.service: name must be a literal, got a token: it becomes part of a scope');
    }
    if (typeof name !== 'string' || !SERVICE_NAME.test(name)) {
      throw new BreakwaterError(
        `Access.service: name must be a lower-case letter, then at most 62 of a-z, 0-9 and '-', got ${shown(name)}`,
      );
    }
    return new Access([`service:${name}`]);
  }

  /**
   * Allows any of these callers. With `ANYONE`, a token is optional. If a request has a token, the
   * edge forwards it, and the module verifies it.
   * @throws BreakwaterError if no access is given
   */
  public static anyOf(...access: Access[]): Access {
    const other = access.find((one) => !Array.isArray((one as Access | undefined)?.declarations));
    if (access.length > 0 && access.includes(other as Access)) {
      throw new BreakwaterError(
        `Access.anyOf: must be given Access.PERSON, Access.service() or Access.ANYONE, got ${shown(other)}`,
      );
    }
    const declarations = new Set(access.flatMap((one) => one.declarations as AccessDeclaration[]));
    if (declarations.size === 0) {
      throw new BreakwaterError('Access.anyOf: must be given at least one access, got none');
    }
    return new Access([...declarations]);
  }

  /** One or more of `anyone`, `person` and `service:<name>`, without duplicates. */
  public readonly declarations: string[];
  /** Names of the allowed services. */
  public readonly services: string[];

  private constructor(declarations: AccessDeclaration[]) {
    this.declarations = declarations;
    this.services = declarations.filter((d) => d.startsWith('service:')).map((d) => d.slice('service:'.length));
  }

  /** Whether the route allows requests without a token. */
  public get allowsAnonymous(): boolean {
    return this.declarations.includes('anyone');
  }

  /** Whether the route reads tokens, because it allows persons or services. */
  public get readsToken(): boolean {
    return this.declarations.some((declaration) => declaration !== 'anyone');
  }
}
