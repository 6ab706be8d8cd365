import { Token } from 'aws-cdk-lib';
import type { AccessDeclaration } from '../protocol';
import { BreakwaterError } from '../validation';

/**
 * Also the last part of a scope (`breakwater/till`) and the name of a client, so the strictest of
 * their alphabets holds.
 */
const SERVICE_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Who may call a route. Every route states it: there is no default, and what isn't stated is
 * refused.
 *
 * ```ts
 * Access.anyOf(Access.PERSON, Access.service('till'))
 * ```
 */
export class Access {
  /** Everybody, without a token; one that is sent is dropped at the edge. */
  public static readonly ANYONE = new Access(['anyone']);

  /** A person who signed in with the module's identity. */
  public static readonly PERSON = new Access(['person']);

  /**
   * A program that has the client credentials of this name, and by them the scope
   * `<servicePrefix><name>`.
   * @throws BreakwaterError unless the name is a lower-case letter followed by at most 62
   * lower-case letters, digits and `-`
   */
  public static service(name: string): Access {
    if (Token.isUnresolved(name)) {
      throw new BreakwaterError('Access.service: name must be a literal, got a token: it becomes part of a scope');
    }
    if (!SERVICE_NAME.test(name)) {
      throw new BreakwaterError(
        `Access.service: name must be a lower-case letter, then at most 62 of a-z, 0-9 and '-', got '${name}'`,
      );
    }
    return new Access([`service:${name}`]);
  }

  /**
   * Allows every caller that one of these allows. With `ANYONE` among them a token isn't needed,
   * but is passed on and verified where one is sent.
   * @throws BreakwaterError if none is given
   */
  public static anyOf(...access: Access[]): Access {
    const declarations = new Set(access.flatMap((one) => one.declarations as AccessDeclaration[]));
    if (declarations.size === 0) {
      throw new BreakwaterError('Access.anyOf: must be given at least one access, got none');
    }
    return new Access([...declarations]);
  }

  /** `anyone`, `person` and `service:<name>`: one or more, each once. */
  public readonly declarations: string[];
  /** Names of the services among them. */
  public readonly services: string[];

  private constructor(declarations: AccessDeclaration[]) {
    this.declarations = declarations;
    this.services = declarations.filter((d) => d.startsWith('service:')).map((d) => d.slice('service:'.length));
  }

  /** Whether a call without a token is let in. */
  public get allowsAnonymous(): boolean {
    return this.declarations.includes('anyone');
  }

  /** Whether a token makes a difference: a person or a service is among those who may call. */
  public get readsToken(): boolean {
    return this.declarations.some((declaration) => declaration !== 'anyone');
  }
}
