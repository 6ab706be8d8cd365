import { STATUS_CODES } from 'node:http';
import {
  BODY_HASH_HEADER,
  METHODS_WITH_BODY,
  patternToRegex,
  REFUSALS,
  type RefusalCode,
  type RouteDeclaration,
  TOKEN_HEADER,
} from '../../protocol';

/** Maximum length of a token. CloudFront accepts 20 KB of headers. */
const MAX_TOKEN_CHARACTERS = 8_192;

const ROUTE_REFUSALS: readonly RefusalCode[] = ['not_found', 'method_not_allowed'];
const TOKEN_REFUSALS: readonly RefusalCode[] = [
  'token_missing',
  'token_malformed',
  'token_invalid',
  'token_expired',
  'token_foreign',
];
const BODY_REFUSALS: readonly RefusalCode[] = ['body_hash_missing', 'body_too_large'];

/** Deletes the headers that only the edge may set. */
const DROP_HEADERS = `for(k in h)if(k==='authorization'||k==='${TOKEN_HEADER}'||k.indexOf('x-amz')===0)delete h[k];`;

const TOKEN_CODE = `function claims(t){
try{var c=JSON.parse(Buffer.from(t.split('.')[1],'base64url').toString('utf8'));return c&&typeof c==='object'?c:null}catch(e){return null}
}
function fault(a){
if(!a)return 'token_missing';
if(a.multiValue&&a.multiValue.length>1)return 'token_malformed';
var m=/^Bearer +([A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+)$/i.exec(a.value);
if(!m||m[1].length>${MAX_TOKEN_CHARACTERS})return 'token_malformed';
var c=claims(m[1]);
if(!c)return 'token_malformed';
if(typeof c.exp!=='number')return 'token_invalid';
if(c.exp<=Date.now()/1000)return 'token_expired';
if(c.iss!==ISS)return 'token_foreign';
a.token=m[1];
return '';
}
`;

/** Input of `viewerFunctionCode`. */
export interface ViewerFunctionProps {
  /** Routes of the module. */
  readonly routes: readonly RouteDeclaration[];
  /** Issuer of the tokens, possibly a CDK token. Required if a route reads a token. */
  readonly issuer?: string;
}

/**
 * Returns the source code of the CloudFront Function in front of a micro-module (JavaScript runtime
 * 2.0). The function runs before the cache, so it also protects cached answers. The function can't
 * verify an RS256 signature. If a token is missing, malformed, expired or from another issuer, the
 * function refuses the request. The module verifies the signatures of all other tokens. Refusals
 * have the codes of `REFUSALS`.
 *
 * - The function removes `x-breakwater-token` and the `x-amz*` headers of the caller, such as
 *   `x-amzn-trace-id`, by which a caller could choose the trace. If the route accepts a body, the
 *   function keeps `x-amz-content-sha256`, the hash of the body.
 * - If the route reads tokens, the function moves the bearer token to `x-breakwater-token`, because
 *   origin access control overwrites `authorization`.
 * - For methods with a body, the function requires the body's hash.
 */
export function viewerFunctionCode(props: ViewerFunctionProps): string {
  const rules = props.routes.map((route) => {
    const anyone = route.access.includes('anyone');
    const token = readsToken(route) ? (anyone ? 1 : 2) : 0;
    const hash = METHODS_WITH_BODY.includes(route.method) ? 1 : 0;
    return `['${route.method}',/${patternToRegex(route.path, route.parameters).replaceAll('/', '\\/')}/,${token},${hash},${route.maxBody ?? 0}]`;
  });
  const hasTokens = props.routes.some(readsToken);
  const hasBodies = props.routes.some((route) => METHODS_WITH_BODY.includes(route.method));
  const codes = [...ROUTE_REFUSALS, ...(hasTokens ? TOKEN_REFUSALS : []), ...(hasBodies ? BODY_REFUSALS : [])];
  // The CDK replaces a token inside these JSON quotes, so the deployed value is a string.
  const issuer = JSON.stringify(props.issuer ?? '');
  return `var R=[${rules.join(',\n')}];
var ISS=${issuer};
var E=${refusalTable(codes)};
function no(c){var e=E[c];return{statusCode:e[0],statusDescription:e[1],headers:{'content-type':{value:'application/json'},'cache-control':{value:'no-store'},'x-content-type-options':{value:'nosniff'}},body:JSON.stringify({error:{code:c,message:e[2]}})}}
${hasTokens ? TOKEN_CODE : ''}function handler(event){
var q=event.request,h=q.headers,k,i,r=null,known=false,m=q.method==='HEAD'?'GET':q.method;
var auth=h.authorization,hash=h['${BODY_HASH_HEADER}'];
${DROP_HEADERS}
for(i=0;i<R.length&&!r;i++)if(R[i][1].test(q.uri)){known=true;if(R[i][0]===m)r=R[i]}
if(!r)return no(known?'method_not_allowed':'not_found');
if(r[2]===2||(r[2]===1&&auth)){
var f=fault(auth);
if(f){var u=no(f);u.headers['www-authenticate']={value:'Bearer'};return u}
h['${TOKEN_HEADER}']={value:auth.token};
}
if(r[3]){
if(!hash||(hash.multiValue&&hash.multiValue.length>1)||!/^[0-9a-f]{64}$/.test(hash.value))return no('body_hash_missing');
h['${BODY_HASH_HEADER}']={value:hash.value};
if(r[4]&&h['content-length']&&Number(h['content-length'].value)>r[4])return no('body_too_large');
}
return q;
}
`;
}

/** Input of `siteFunctionCode`. */
export interface SiteFunctionProps {
  /**
   * Percent-encoded paths of the site's files.
   * @default - the function doesn't know the files, so S3 answers requests for missing files
   */
  readonly files?: readonly string[];
  /** HTML page for paths without a file. */
  readonly notFoundPage: string;
}

/**
 * Returns the source code of the default behaviour's CloudFront Function. The function maps a path
 * to its file: `/about` and `/about/` become `/about/index.html`. If there is no file, it answers
 * 404 with a page. It answers writes with 405. A static file needs no token, cookies or query, so
 * the function removes them and the `x-amz*` headers.
 */
export function siteFunctionCode(props: SiteFunctionProps): string {
  const files = props.files ? JSON.stringify([...props.files].sort()) : 'null';
  return `var F=${files};
var P=${JSON.stringify(props.notFoundPage)};
function page(s,d){return{statusCode:s,statusDescription:d,headers:{'content-type':{value:'text/html; charset=utf-8'},'cache-control':{value:'no-store'},'x-content-type-options':{value:'nosniff'}},body:P}}
function has(f){return F.indexOf(f)>=0}
function handler(event){
var q=event.request,h=q.headers,k,u=q.uri;
${DROP_HEADERS}
if(q.method!=='GET'&&q.method!=='HEAD')return page(405,'Method Not Allowed');
q.querystring={};q.cookies={};
if(F===null){if(u.charAt(u.length-1)==='/')q.uri=u+'index.html';return q}
if(has(u))return q;
var d=u.charAt(u.length-1)==='/'?u:u+'/';
if(has(d+'index.html')){q.uri=d+'index.html';return q}
return page(404,'Not Found');
}
`;
}

/** Whether a route allows persons or services. Such a route reads tokens. */
export function readsToken(route: RouteDeclaration): boolean {
  return route.access.some((access) => access !== 'anyone');
}

/** Status, reason phrase and message by code, as a JavaScript literal. */
function refusalTable(codes: readonly RefusalCode[]): string {
  const entries = codes.map((code) => {
    const { status, message } = REFUSALS[code];
    return [code, [status, STATUS_CODES[status], message]];
  });
  return JSON.stringify(Object.fromEntries(entries));
}
