import { Annotations, Lazy } from 'aws-cdk-lib';
import { Function as EdgeFunction, FunctionCode, FunctionRuntime } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import type { IIdentity } from '../../identity';
import { CLOUDFRONT } from '../../limits';
import type { MicroModule } from '../../modules';
import { invalid } from '../../validation';
import { edgeName } from '../edge-name';
import { shortHash } from '../short-hash';
import { smallPage } from '../site/site-files';
import { readsToken, siteFunctionCode, viewerFunctionCode } from './viewer-function';

/** What a token of the CDK may become: an issuer's address with a pool's id. */
const TOKEN_LENGTH = 100;
const SMALL_PAGE = smallPage('Nothing here', 'There is no page at this address.');

/** A distribution's viewer functions: the site's, and one for each module. */
export class ViewerFunctions {
  /** The default behaviour's. Made before the site is known: without one it has nothing to find. */
  public readonly site: EdgeFunction;
  private modules = 0;
  private siteCode = siteFunctionCode({ files: [], notFoundPage: SMALL_PAGE });

  constructor(
    private readonly scope: Construct,
    private readonly identity: IIdentity | undefined,
  ) {
    this.site = this.make('SiteFunction', Lazy.string({ produce: () => this.siteCode }));
  }

  /** Functions made until now. */
  public get count(): number {
    return this.modules + 1;
  }

  /**
   * Tells the site's function what there is. It takes the most that fits: the site's own page and all files, a small page and all files,
   * or no list, and then S3 answers.
   */
  public setSite(files: string[], notFoundPage: string): void {
    const codes = [notFoundPage, SMALL_PAGE].map((page) => siteFunctionCode({ files, notFoundPage: page }));
    const fitting = codes.find((code) => Buffer.byteLength(code) <= CLOUDFRONT.MAX_FUNCTION_BYTES);
    this.siteCode = fitting ?? siteFunctionCode({ notFoundPage: SMALL_PAGE });
    if (fitting !== undefined) return;
    Annotations.of(this.scope).addWarningV2(
      'breakwater:site-too-large-for-edge',
      `the names of ${files.length} files don't fit a viewer function of ${CLOUDFRONT.MAX_FUNCTION_BYTES} bytes: unknown paths are answered by S3, and '/folder' without a slash isn't found`,
    );
  }

  /**
   * One function a module rather than a behaviour: an account has 100, and a module's change then touches its own only.
   * @throws BreakwaterError if the routes don't fit it
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
        `must fit a viewer function of ${CLOUDFRONT.MAX_FUNCTION_BYTES} bytes, got ${bytes}; split the module`,
      );
    }
    this.modules++;
    // By whose it is and not by what it does: a changed route then updates a function in place, where a new one would have to be made,
    // tied to all behaviours and the old one removed.
    return this.make(`Viewer${shortHash(module.node.path)}`, code);
  }

  private make(id: string, code: string): EdgeFunction {
    return new EdgeFunction(this.scope, id, {
      functionName: edgeName(this.scope, id),
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
      comment: this.scope.node.path.slice(-100),
      autoPublish: true,
    });
  }
}

/** Bytes of a code in which tokens of the CDK are counted as what they may become. */
function renderedBytes(code: string): number {
  return Buffer.byteLength(code.replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(TOKEN_LENGTH)));
}
