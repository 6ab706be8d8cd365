import { Annotations, Lazy } from 'aws-cdk-lib';
import { Function as EdgeFunction, FunctionCode, FunctionRuntime } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import type { IIdentity } from '../../identity';
import { CLOUDFRONT } from '../../limits';
import type { MicroModule } from '../../modules';
import { regionalName, shortHash } from '../../stacks';
import { invalid } from '../../validation';
import { smallPage } from '../site/site-files';
import { readsToken, siteFunctionCode, viewerFunctionCode } from './viewer-function';

/**
 * Maximum length of a resolved CDK token. The longest is the issuer's address with a user pool's
 * ID.
 */
const MAX_TOKEN_CHARACTERS = 100;
const SMALL_PAGE = smallPage('Nothing here', 'There is no page at this address.');

/** The viewer functions of a distribution: one for the site and one for each module. */
export class ViewerFunctions {
  /** Function of the default behaviour. Until a site is added, it answers every path with 404. */
  public readonly site: EdgeFunction;
  private modules = 0;
  private siteCode = siteFunctionCode({ files: [], notFoundPage: SMALL_PAGE });

  constructor(
    private readonly scope: Construct,
    private readonly identity: IIdentity | undefined,
  ) {
    this.site = this.make('SiteFunction', Lazy.string({ produce: () => this.siteCode }));
  }

  /** Number of functions. */
  public get count(): number {
    return this.modules + 1;
  }

  /**
   * Writes the site's file names and its page for unknown paths into the site's function. If both
   * exceed the function's size limit, a small page replaces the site's page. If the code is still
   * too large, the file names are left out, and S3 answers requests for missing files.
   */
  public setSite(files: string[], notFoundPage: string): void {
    const codes = [notFoundPage, SMALL_PAGE].map((page) => siteFunctionCode({ files, notFoundPage: page }));
    const fitting = codes.find((code) => Buffer.byteLength(code) <= CLOUDFRONT.MAX_FUNCTION_BYTES);
    this.siteCode = fitting ?? siteFunctionCode({ notFoundPage: SMALL_PAGE });
    if (fitting !== undefined) return;
    Annotations.of(this.scope).addWarningV2(
      'breakwater:site-too-large-for-edge',
      `the names of ${files.length} files don't fit into a viewer function of ${CLOUDFRONT.MAX_FUNCTION_BYTES} bytes: S3 answers requests for unknown paths, and '/folder' without a final slash isn't found`,
    );
  }

  /**
   * Adds a module's function. An account has at most 100 CloudFront Functions, so a module has one
   * function for all its behaviours.
   * @throws BreakwaterError if the routes exceed the function's size limit
   */
  public module(module: MicroModule): EdgeFunction {
    const routes = module.routes.map((route) => route._declaration());
    const identity = module.identity ?? this.identity;
    const code = viewerFunctionCode({ routes, issuer: routes.some(readsToken) ? identity?.issuer : undefined });
    const bytes = renderedBytes(code);
    if (bytes > CLOUDFRONT.MAX_FUNCTION_BYTES) {
      throw invalid(
        this.scope,
        `routes of ${module.node.path}`,
        `must fit into a viewer function of ${CLOUDFRONT.MAX_FUNCTION_BYTES} bytes, got ${bytes}; split the module`,
      );
    }
    this.modules++;
    // The id depends on the module, not on the code. So if a route changes, CloudFormation updates
    // the function in place.
    return this.make(`Viewer${shortHash(module.node.path)}`, code);
  }

  private make(id: string, code: string): EdgeFunction {
    return new EdgeFunction(this.scope, id, {
      functionName: regionalName(this.scope, id),
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
      comment: this.scope.node.path.slice(-100),
      autoPublish: true,
    });
  }
}

/** Size of the code in bytes. Each CDK token counts with its maximum length. */
function renderedBytes(code: string): number {
  return Buffer.byteLength(code.replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(MAX_TOKEN_CHARACTERS)));
}
