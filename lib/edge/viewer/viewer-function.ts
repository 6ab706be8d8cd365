import {
  BODY_HASH_HEADER,
  METHODS_WITH_BODY,
  patternToRegex,
  type RouteDeclaration,
  TOKEN_HEADER,
} from '../../protocol';

/**
 * Shared parts of the generated functions. They run in CloudFront's JavaScript 2.0 (ECMAScript 5.1 and some of 6 to 12, no network,
 * no clock but Date): https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
const ANSWER = `function no(s,d,c,m){return{statusCode:s,statusDescription:d,headers:{'content-type':{value:'application/json'},'cache-control':{value:'no-store'},'x-content-type-options':{value:'nosniff'}},body:JSON.stringify({error:{code:c,message:m}})}}`;

/** What a micro-module's viewer function decides by. */
export interface ViewerFunctionProps {
  /** Routes of the module. */
  readonly routes: readonly RouteDeclaration[];
  /** Issuer of the tokens; may be a token of the CDK. Needed where a route reads a token. */
  readonly issuer?: string;
}

/**
 * The viewer function in front of a micro-module, as JavaScript text. It runs before the cache, so a cached answer too is given only
 * to a call that it let through. What it checks of a token is what can be checked without a key: it turns away what can't be right,
 * and the module verifies the rest.
 *
 * - drops `x-breakwater-token` and every `x-amz-*` header that the caller sent, except the body's hash where a body is taken
 * - answers 404 to a path that is no route's, 405 to a method that the path hasn't
 * - reads the bearer token where the route does (401 for one that is absent, malformed, expired or another issuer's) and moves it to
 *   `x-breakwater-token`; origin access control needs `authorization` for itself
 * - asks for the body's hash on methods with a body (400), and refuses a stated length above the route's limit (413)
 */
export function viewerFunctionCode(props: ViewerFunctionProps): string {
  const rules = props.routes.map((route) => {
    const anyone = route.access.includes('anyone');
    const reads = route.access.some((access) => access !== 'anyone');
    const token = reads ? (anyone ? 1 : 2) : 0;
    const hash = METHODS_WITH_BODY.includes(route.method) ? 1 : 0;
    return `['${route.method}',/${patternToRegex(route.path).replaceAll('/', '\\/')}/,${token},${hash},${route.maxBody ?? 0}]`;
  });
  // A token of the CDK stands in the text as it is; JSON quotes around it make the deployed value a string.
  const issuer = JSON.stringify(props.issuer ?? '');
  return `var R=[${rules.join(',\n')}];
var ISS=${issuer};
${ANSWER}
function claims(t){
try{var c=JSON.parse(Buffer.from(t.split('.')[1],'base64url').toString('utf8'));return c&&typeof c==='object'?c:null}catch(e){return null}
}
function why(a){
if(!a)return 'needs a bearer token';
if(a.multiValue&&a.multiValue.length>1)return 'authorization must be sent once';
var m=/^Bearer +([A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+)$/i.exec(a.value);
if(!m||m[1].length>8192)return 'authorization must be a bearer token of three parts';
var c=claims(m[1]);
if(!c)return 'the token has no readable claims';
if(typeof c.exp!=='number'||c.exp<=Date.now()/1000)return 'the token has expired';
if(c.iss!==ISS)return 'the token is of another issuer';
a.token=m[1];
return '';
}
function handler(event){
var q=event.request,h=q.headers,k,i,r=null,known=false,m=q.method==='HEAD'?'GET':q.method;
var auth=h.authorization,hash=h['${BODY_HASH_HEADER}'];
for(k in h)if(k==='authorization'||k==='${TOKEN_HEADER}'||k.indexOf('x-amz-')===0)delete h[k];
for(i=0;i<R.length&&!r;i++)if(R[i][1].test(q.uri)){known=true;if(R[i][0]===m)r=R[i]}
if(!r)return known?no(405,'Method Not Allowed','method_not_allowed','this path does not take '+q.method):no(404,'Not Found','not_found','there is nothing at this address');
if(r[2]===2||(r[2]===1&&auth)){
var w=why(auth);
if(w){var u=no(401,'Unauthorized','unauthorized',w);u.headers['www-authenticate']={value:'Bearer'};return u}
h['${TOKEN_HEADER}']={value:auth.token};
}
if(r[3]){
if(!hash||(hash.multiValue&&hash.multiValue.length>1)||!/^[0-9a-f]{64}$/.test(hash.value))return no(400,'Bad Request','missing_body_hash','${BODY_HASH_HEADER} must be the SHA-256 of the body, 64 hexadecimal digits in lower case');
h['${BODY_HASH_HEADER}']={value:hash.value};
if(r[4]&&h['content-length']&&Number(h['content-length'].value)>r[4])return no(413,'Content Too Large','too_large','the body must be at most '+r[4]+' bytes');
}
return q;
}
`;
}

/** What the site's viewer function decides by. */
export interface SiteFunctionProps {
  /** Paths of the site's files as a browser sends them (percent-encoded, from `/`); undefined: not known at the edge, S3 answers. */
  readonly files?: readonly string[];
  /** Text of the page for addresses that have nothing. */
  readonly notFoundPage: string;
}

/**
 * The viewer function of the default behaviour: finds the file of an address (`/about` and `/about/` are `/about/index.html`),
 * answers 404 with a page where there is none, 405 to what isn't a read, and drops all that a static file can't need.
 */
export function siteFunctionCode(props: SiteFunctionProps): string {
  const files = props.files ? JSON.stringify([...props.files].sort()) : 'null';
  return `var F=${files};
var P=${JSON.stringify(props.notFoundPage)};
function page(s,d){return{statusCode:s,statusDescription:d,headers:{'content-type':{value:'text/html; charset=utf-8'},'cache-control':{value:'no-store'},'x-content-type-options':{value:'nosniff'}},body:P}}
function has(f){return F.indexOf(f)>=0}
function handler(event){
var q=event.request,h=q.headers,k,u=q.uri;
for(k in h)if(k==='authorization'||k==='${TOKEN_HEADER}'||k.indexOf('x-amz-')===0)delete h[k];
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
